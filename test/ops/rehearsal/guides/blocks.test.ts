/** No command block of a guide escapes the rehearsal. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { blocksOf, escapes, markOfKind } from "../../../../ops/rehearsal/guides/blocks.ts";
import { guidesInOrder, ORDER } from "../../../../ops/rehearsal/guides/order.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const files = globSync(["*.md", "docs/**/*.md", "{api,bin,lib,ops,preview,local,cli,bench,test}/**/*.md"], {
  cwd: ROOT,
  exclude: (name) => String(name).endsWith("node_modules"),
});
const read = (file: string) => blocksOf(file, readFileSync(join(ROOT, file), "utf8"));
const key = ({ guide, line }: { guide: string; line: number }) => `${guide}:${line}`;

describe("the blocks of the guides", () => {
  it("are run, or skipped with a reason, in every Markdown file that has any", () => {
    const all = files.flatMap(read);
    assert.ok(all.length > 50, `${all.length} blocks`);
    const escaped = all.map((block) => [key(block), escapes(block)] as const).filter(([, why]) => why);
    assert.deepEqual(escaped, []);
    const rehearsed = new Set(guidesInOrder(ROOT).map(key));
    assert.deepEqual(
      all.map(key).filter((place) => !rehearsed.has(place)),
      [],
    );
  });

  it("are run once each", () => {
    const places = guidesInOrder(ROOT).map(key);
    assert.deepEqual(places, [...new Set(places)]);
    assert.ok(ORDER.length >= 10);
  });

  it("are mostly run", () => {
    const commands = guidesInOrder(ROOT).filter(({ language }) => language === "sh");
    const run = commands.filter((block) => !markOfKind(block, "skip"));
    assert.ok(run.length > commands.length / 2, `${run.length} of ${commands.length}`);
  });
});

describe("a block", () => {
  const only = (text: string) => blocksOf("x.md", text)[0]!;

  it("is found wherever Markdown has it, with its line, its headings and its marks", () => {
    for (const [text, line, code] of [
      ["```sh\na\n```\n", 1, "a"],
      ["~~~sh\na\n~~~\n", 1, "a"],
      ["````sh\na\n```\nb\n````\n", 1, "a\n```\nb"],
      ["text\n\n```sh\na\n\nb\n```\n", 3, "a\n\nb"],
      ["1. one\n2. two\n\n   ```sh\n   a\n     b\n   ```\n", 4, "a\n  b"],
      ["- one\n  - two\n    ```sh\n    a\n    ```\n", 3, "a"],
      ["> ```sh\n> a\n> ```\n", 1, "a"],
      ["  ```sh\n  a\n  ```\n", 1, "a"],
      ["```sh\na", 1, "a"],
    ] as const) {
      const block = only(text);
      assert.deepEqual([block.language, block.line, block.code], ["sh", line, code], text);
    }
    const marked = only(
      "# A\n## B\n### C\n## D\n\n<!-- run: exits 3 -->\n<!-- run: before\nx\ny -->\n```sh\na\n```\n",
    );
    assert.deepEqual(marked.headings, ["A", "D"]);
    assert.deepEqual(marked.marks, [
      { kind: "exits", code: 3 },
      { kind: "before", script: "x\ny" },
    ]);
  });

  it("escapes by a missing or foreign language, or as text that holds commands", () => {
    for (const text of [
      "```\naws s3 ls\n```",
      "```bash\nls\n```",
      "```console\n$ ls\n```",
      "```shell\nls\n```",
      "```text\nterraform apply\n```",
      "```text\n$ ls\n```",
      "```text\nA=1\n  export AWS_REGION=x\n```",
    ])
      assert.ok(escapes(only(text)), text);
    for (const text of [
      "```sh\nls\n```",
      "```text\nbin/catalog: created\n```",
      "<!-- run: skip why -->\n```\nls\n```",
    ])
      assert.equal(escapes(only(text)), undefined, text);
  });

  it("takes no mark that nobody understands, and none that stands before something else", () => {
    for (const [text, says] of [
      [
        "<!-- run: skip -->\n```sh\na\n```",
        /x\.md, line 1: '<!-- run: skip -->' is no mark: write skip REASON/,
      ],
      ["<!-- run: exits one -->\n```sh\na\n```", /is no mark/],
      ["<!-- run: later -->\n```sh\na\n```", /is no mark/],
      ["<!-- run: serves -->\n\nA sentence.\n\n```sh\na\n```", /line 3: a mark stands before something else/],
      ["<!-- run: serves -->\n", /a mark stands before no block/],
    ] as const)
      assert.throws(() => blocksOf("x.md", text), says);
  });
});

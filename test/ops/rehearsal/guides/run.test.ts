/** The runner on guides of its own, which need no AWS. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { blocksOf } from "../../../../ops/rehearsal/guides/blocks.ts";
import { runGuides } from "../../../../ops/rehearsal/guides/run.ts";

describe("the rehearsal of the guides", () => {
  let project: string;

  before(() => {
    project = mkdtempSync(join(tmpdir(), "guides-test-"));
    writeFileSync(join(project, "here"), "the project\n");
  });
  after(() => rmSync(project, { recursive: true }));

  const run = async (...texts: string[]) => {
    const said: string[] = [];
    const result = await runGuides({
      blocks: texts.flatMap((text, index) => blocksOf(`${index}.md`, text)),
      terraform: "/bin/true",
      programs: "/usr/bin",
      say: (line) => said.push(line),
      signal: new AbortController().signal,
      project,
    });
    return { ...result, said };
  };
  const sh = (code: string, mark = "") => `${mark}\n\`\`\`sh\n${code}\n\`\`\`\n`;

  it("keeps variables and the folder from block to block and guide to guide, in a copy of the project", async () => {
    const { run: count } = await run(
      sh("A=1\nmkdir inner && cd inner") + sh('[ "$A" = 1 ] && cat ../here && echo changed > ../here'),
      sh('[ "$A" = 1 ] && [ "$(cat ../here)" = changed ]'),
    );
    assert.equal(count, 3);
    assert.equal((await run(sh("grep -q 'the project' here"))).run, 1);
  });

  for (const [what, code] of [
    ["a command that fails in the middle", "false\ntrue"],
    ["the first of a pipe", "false | true"],
    ["a variable that nothing set", 'echo "$NOBODY"'],
    ["an exit", "exit 3"],
    ["a command that is not there", "no-such-command"],
    ["what is no shell", "if"],
  ] as const)
    it(`fails on ${what}, and names the block`, async () => {
      await assert.rejects(
        run(`Text.\n\n${sh(`echo seen\n${code}`)}`),
        /^UserError: 0\.md:4 echo seen: it ended with \d+\n[\s\S]*/,
      );
    });

  it("fails on another exit code than the guide says, and goes on after the right one", async () => {
    await assert.rejects(run(sh("exit 4", "<!-- run: exits 3 -->")), /ended with 4, and the guide says 3/);
    await assert.rejects(run(sh("true", "<!-- run: exits 3 -->")), /ended with 0, and the guide says 3/);
    assert.equal((await run(sh("exit 3", "<!-- run: exits 3 -->") + sh("true"))).run, 2);
  });

  it("compares what is printed, line by line and in order", async () => {
    const prints = (text: string) => `<!-- run: prints -->\n\`\`\`text\n${text}\n\`\`\`\n`;
    const block = sh("echo one; echo 'two   2.5 s'; echo three >&2");
    assert.equal((await run(block + prints("one\n two … s\nthree"))).run, 1);
    for (const wrong of ["three\none", "two", "one more", "one\none", "t.ree"])
      await assert.rejects(run(block + prints(wrong)), /nothing printed reads/, wrong);
    await assert.rejects(
      run(block + prints("one") + sh("true") + prints("one")),
      /nothing printed reads 'one'/,
    );
  });

  it("types the answer when it is asked, on a terminal", async () => {
    const asks = '[ -t 0 ] && read -r -p "Type yes: " answer && [ "$answer" = yes ]';
    assert.equal((await run(sh(asks, "<!-- run: answers yes -->"))).run, 1);
    const coloured = `printf 'Type yes: \\033[11G'; read -r answer; [ "$answer" = yes ]`;
    assert.equal((await run(sh(coloured, "<!-- run: answers yes -->"))).run, 1);
    await assert.rejects(run(sh(asks, "<!-- run: answers no -->")), /ended with 1/);
    await assert.rejects(run(sh(asks)), /ended with 1/);
  });

  it("evaluates what a block serves, and ends it", async () => {
    const serve = "echo export PID=$$; echo export CATALOG_SETTINGS=a; while true; do sleep 1; done";
    const { said } = await run(
      sh(serve, "<!-- run: serves -->") +
        sh('kill -0 "$PID"; echo "pid $PID" > /dev/stderr; [ "$CATALOG_SETTINGS" = a ]'),
    );
    assert.equal(said.length, 2);
    await assert.rejects(run(sh("echo nothing; exit 2", "<!-- run: serves -->")), /ended with 2/);
  });

  it("fails on a block that removes what its section does not speak of", async () => {
    const api = createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
    await once(api, "listening");
    try {
      const { port } = api.address() as AddressInfo;
      const serve = `echo export AWS_ENDPOINT_URL=http://127.0.0.1:${port}; echo export CATALOG_SETTINGS=a; sleep 600`;
      const removes =
        'curl -fsS -d "{}" -H "X-Amz-Target: secretsmanager.DeleteSecret" "$AWS_ENDPOINT_URL" ' +
        '-H "Authorization: AWS4-HMAC-SHA256 Credential=x/20261128/eu-north-1/secretsmanager/aws4_request"';
      const served = sh(serve, "<!-- run: serves -->");
      const told = `## Rotate\n\nThe secret is deleted.\n\n${sh(removes)}`;
      assert.equal((await run(`${served}${told}${sh("true", `<!-- run: before ${removes} -->`)}`)).run, 3);
      await assert.rejects(
        run(`${served}${told}## Look\n\n${sh(removes)}`),
        /does not say that it removes secret \(secretsmanager:DeleteSecret\)/,
      );
    } finally {
      api.close();
    }
  });

  it("brings about what a block speaks of, and says why it leaves one out", async () => {
    const {
      said,
      run: count,
      skipped,
    } = await run(
      sh("cat state", "<!-- run: before\necho lost > state -->") +
        sh("false", "<!-- run: skip needs a moon -->"),
    );
    assert.deepEqual([count, skipped], [1, 1]);
    assert.match(said[1]!, /^– 0\.md:\d+ skipped: needs a moon$/);
    await assert.rejects(run(sh("true", "<!-- run: before false -->")), /ended with 1/);
  });

  it("runs nothing while a block would escape", async () => {
    await assert.rejects(run(`${sh("exit 9")}\n\`\`\`bash\nls\n\`\`\`\n`), /0\.md:\d+ is of 'bash'/);
  });
});

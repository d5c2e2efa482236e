/** Releasing the lock of a dead run: safe to repeat, and never somebody else's. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";
import { adoptFor } from "../../../ops/adopt/adopt.ts";
import type { Session } from "../../../ops/environment/session.ts";
import { TerraformFailed } from "../../../ops/terraform.ts";
import { fakeAws } from "../support/fake-aws.ts";

const MODULE = { root_module: {} };
const folder = mkdtempSync(path.join(tmpdir(), "unlock-"));
after(() => rmSync(folder, { recursive: true }));

/** Adopts where Terraform's force-unlock, and its plan, say this; nothing, when they succeed. */
async function unlock(says?: string, planSays?: string) {
  const said: string[] = [];
  const terraform = {
    async forceUnlock() {
      if (says) throw new TerraformFailed("force-unlock", [{ severity: "error", summary: says, detail: "" }]);
    },
    async plan() {
      if (planSays) throw new TerraformFailed("plan", [{ severity: "error", summary: planSays, detail: "" }]);
      return false;
    },
    show: async () => JSON.stringify({ resource_changes: [], planned_values: MODULE, configuration: MODULE }),
  };
  const session = {
    settings: { file: "prod.env", suffix: "prod", values: {} },
    aws: fakeAws({}),
    say: (line: string) => said.push(line),
    workspace: { folder, terraform, synthesise: async () => ({}), init: async () => undefined },
  } as unknown as Session;
  const failure = await adoptFor(session, "1-2").then(
    () => "",
    (error: Error) => error.message,
  );
  return { failure, said };
}

describe("a lock that is released", () => {
  it("may have been released already", async () => {
    assert.equal((await unlock()).failure, "");
    const { failure, said } = await unlock(
      'Failed to unlock state: failed to retrieve lock info for lock ID "1-2": unexpected end of JSON input',
    );
    assert.equal(failure, "");
    assert.ok(said.includes("The state is not locked any more."));
  });

  it("is not another one's, which is named with its id", async () => {
    const { failure } = await unlock(
      'Failed to unlock state: lock ID "1-2" does not match existing lock ("3-4")\nLock Info:\n  ID:        3-4\n  Who:       ada@host\n  Created:   2026-11-28 10:00\n',
    );
    assert.match(failure, /^The state is locked by ada@host since 2026-11-28 10:00\..* --unlock 3-4$/);
  });

  it("is named with who holds it, where another run has taken it since", async () => {
    const { failure } = await unlock(
      undefined,
      "Error acquiring the state lock\nLock Info:\n  ID:        3-4\n  Who:       ada@host\n  Created:   2026-11-28 10:00\n",
    );
    assert.match(failure, /^The state is locked by ada@host since 2026-11-28 10:00\..* --unlock 3-4$/);
  });

  it("is kept where AWS fails, in Terraform's words", async () => {
    assert.match((await unlock("AccessDenied")).failure, /force-unlock failed:\n {2}AccessDenied/);
  });
});

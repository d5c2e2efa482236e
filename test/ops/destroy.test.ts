/** Destroying stands in nobody's way: neither settings that a plan refuses, nor what an earlier run has left. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { destroy } from "../../ops/destroy.ts";
import type { Session } from "../../ops/environment/session.ts";
import { readEnvironmentSettings } from "../../ops/environment/settings-file.ts";
import { Workspace } from "../../ops/environment/workspace.ts";
import { type Answers, awsError, fakeAws } from "./support/fake-aws.ts";

const diagnostic = (summary: string, detail = "") =>
  JSON.stringify({ type: "diagnostic", diagnostic: { severity: "error", summary, detail } });

/** Two VPCs that the plan would make: one exists. */
const PLAN = {
  resource_changes: ["a", "b"].map((name) => ({
    ...{ address: `aws_vpc.${name}`, mode: "managed", type: "aws_vpc" },
    change: { actions: ["create"] },
  })),
  planned_values: {
    root_module: {
      resources: ["a", "b"].map((name) => ({
        address: `aws_vpc.${name}`,
        values: { tags: { Name: `vpc-${name}-dev` } },
      })),
    },
  },
  configuration: { root_module: { resources: [] } },
};

interface Scenario {
  /** Lines of shell in the place of Terraform's plan and import. */
  readonly plan?: string;
  readonly importing?: string;
  /** What RDS answers, where the data are kept. @default they go */
  readonly rds?: Answers;
}

describe("destroy", () => {
  let root = "";
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), "destroy-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Runs it with a Terraform that writes down what it is asked, and answers with these lines of shell. */
  async function run({ plan = "exit 2", importing = "", rds }: Scenario) {
    const executable = path.join(root, "terraform");
    await writeFile(path.join(root, "plan.json"), JSON.stringify(PLAN));
    await writeFile(
      executable,
      `#!/bin/sh
[ ! -e adopt.tf.json ] || echo "adopt.tf.json is there" >> ${root}/calls
case $1 in
  plan) ${plan} ;;
  show) cat ${root}/plan.json ;;
  import) echo "import $4 $5" >> ${root}/calls; ${importing || ":"} ;;
  apply|destroy) echo "$1" >> ${root}/calls ;;
esac
`,
      { mode: 0o755 },
    );
    await mkdir(path.join(root, "dev"), { recursive: true });
    await writeFile(path.join(root, "dev", "adopt.tf.json"), '{ "import": [{ "to": "aws_vpc.gone" }] }');
    const settings = readEnvironmentSettings({
      known: ["ENVIRONMENT_SUFFIX", "SCHEDULED_MINIMUMS"],
      // A sale that is over, for which a deployment is refused.
      environment: { PATH: process.env.PATH, SCHEDULED_MINIMUMS: "cron(0 5 26 11 ? 2020)=6" },
    });
    const session: Session = {
      settings,
      workspace: new Workspace({ settings, executable, root }),
      aws: fakeAws({
        ...rds,
        DescribeVpcsCommand: () => ({
          Vpcs: [{ VpcId: "vpc-1", Tags: [{ Key: "Name", Value: "vpc-a-dev" }] }],
        }),
      }),
      signal: new AbortController().signal,
      onTerraform: undefined,
      say: () => undefined,
    };
    let snapshot: string | undefined;
    const keepData = rds !== undefined;
    const failure = await destroy(session, { confirm: async () => undefined, keepData }).then(
      (destroyed) => {
        ({ snapshot } = destroyed);
        return "";
      },
      (error: Error) => error.message,
    );
    const calls = await readFile(path.join(root, "calls"), "utf8").catch(() => "");
    return { failure, calls: calls.trim().split("\n"), snapshot };
  }

  it("takes what no state knows into the state, and applies nothing", async () => {
    const { failure, calls } = await run({});
    assert.deepEqual([failure, calls], ["", ["import aws_vpc.a vpc-1", "destroy"]]);
  });

  describe("with its data kept", () => {
    const Status = "available";
    const snapshots: Record<string, string>[] = [];
    const asked = (Status: string) => ({
      DescribeDBClustersCommand: () => ({ DBClusters: [{ Status }] }),
      CreateDBClusterSnapshotCommand: ({ DBClusterSnapshotIdentifier: id }: Record<string, unknown>) =>
        snapshots.push({ DBClusterSnapshotIdentifier: String(id), Status: "available" }),
      DescribeDBClusterSnapshotsCommand: ({ DBClusterSnapshotIdentifier: id }: Record<string, unknown>) => ({
        DBClusterSnapshots: snapshots.filter((each) => !id || each.DBClusterSnapshotIdentifier === id),
      }),
    });
    beforeEach(() => void snapshots.splice(0));

    it("takes a snapshot of the database first", async () => {
      const { failure, calls, snapshot } = await run({ rds: asked(Status) });
      assert.deepEqual([failure, calls.at(-1)], ["", "destroy"]);
      assert.match(snapshot ?? "", /^snapshot-\d{8}t\d{6}-dev$/);
      assert.deepEqual(snapshots, [{ DBClusterSnapshotIdentifier: snapshot, Status }]);
    });

    it("waits for the one that an earlier run has begun", async () => {
      const begun = { DBClusterSnapshotIdentifier: "snapshot-20261129t101500-dev", Status: "creating" };
      snapshots.push(begun);
      const rds = asked("backing-up");
      const look = rds.DescribeDBClusterSnapshotsCommand;
      const { failure, snapshot } = await run({
        rds: {
          ...rds,
          DescribeDBClusterSnapshotsCommand: (input) => {
            if (input.DBClusterSnapshotIdentifier) begun.Status = "available"; // by the time that it is waited for
            return look(input);
          },
        },
      });
      assert.deepEqual([failure, snapshot], ["", "snapshot-20261129t101500-dev"]);
      assert.equal(snapshots.length, 1);
    });

    it("goes on where an earlier run has taken the database away", async () => {
      const gone = {
        DescribeDBClustersCommand: ({ DBClusterIdentifier }: Record<string, unknown>) => {
          if (DBClusterIdentifier) throw awsError("DBClusterNotFoundFault", 404);
          return {}; // of the lists of what exists
        },
      };
      for (const rds of [asked("deleting"), { ...asked(Status), ...gone }]) {
        const { failure, calls, snapshot } = await run({ rds });
        assert.deepEqual([failure, calls.at(-1), snapshot, snapshots], ["", "destroy", undefined, []]);
      }
    });
  });

  it("goes on when the settings stand against a plan", async () => {
    const plan = `echo '${diagnostic("Resource precondition failed", "CONTAINER_IMAGE is not set")}'; exit 1`;
    const { failure, calls } = await run({ plan });
    assert.deepEqual([failure, calls], ["", ["destroy"]]);
  });

  it("goes on when something cannot be taken over", async () => {
    const { failure, calls } = await run({ importing: "echo 'Error: no such thing' >&2; exit 1" });
    assert.deepEqual([failure, calls], ["", ["import aws_vpc.a vpc-1", "destroy"]]);
  });

  const lock = "Lock Info:\\n  ID:        1-2\\n  Who:       ada@host\\n  Created:   2026-11-28 10:00";
  for (const [when, script] of Object.entries({
    plan: {
      plan: `printf '%s\\n' '${diagnostic("Error acquiring the state lock", "Lock Info:\n  ID:   1-2\n  Who:  ada@host\n")}'; exit 1`,
    },
    importing: { importing: `printf 'Error: Error acquiring the state lock\\n${lock}\\n' >&2; exit 1` },
  }))
    it(`leaves all as it is when somebody holds the lock, met in ${when}`, async () => {
      const { failure, calls } = await run(script);
      assert.match(failure, /locked by ada@host/);
      assert.ok(!calls.includes("destroy"));
    });
});

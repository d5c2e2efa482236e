/** A restore against a small model of RDS and ECS: cut short at any call, it ends when it is run again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endRestore, restore } from "../../../ops/restore/restore.ts";
import { awsError, fakeAws } from "../support/fake-aws.ts";

const NAME = {
  cluster: "cluster-prod",
  service: "service-api-prod",
  logGroup: "/aws/ecs/api-prod",
  balancer: "alb-prod",
  alarms: [],
};
const OWNER = "arn:aws:secretsmanager:eu-north-1:1:secret:db-password-prod-v3-x";
const MOMENT = new Date("2026-11-28T10:15:00Z");

interface World {
  readonly calls: string[];
  readonly clusters: Map<string, { Status: string; password?: unknown; from?: unknown; TagList?: unknown }>;
  readonly instances: Map<string, { DBInstanceStatus: string; DBInstanceClass: unknown }>;
  readonly definitions: Map<string, Record<string, unknown>>;
  task: { lastStatus: string; exitCode: number } | undefined;
}

/** @param breakAt the number of the call that fails, counted from 1; @param exitCode of the copying task */
function account({ breakAt = 0, exitCode = 0, world = emptyWorld() } = {}) {
  const { calls, clusters, instances, definitions } = world;
  /** What AWS makes is ready at the look after the next. */
  const later = (ready: () => void) => {
    let looks = 0;
    return () => ++looks > 1 && ready();
  };
  const pending = new Set<() => unknown>();
  const look = () => {
    for (const each of pending) if (each()) pending.delete(each);
  };
  const answers: Record<string, (input: never) => unknown> = {
    DescribeServicesCommand: () => ({
      services: [
        {
          status: "ACTIVE",
          taskDefinition: "task-api-prod:7",
          networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } },
        },
      ],
    }),
    DescribeTaskDefinitionCommand: () => ({
      taskDefinition: {
        cpu: "1024",
        memory: "2048",
        executionRoleArn: "arn:role",
        containerDefinitions: [
          { name: "api", image: "catalog-api:1" },
          {
            name: "migrate",
            image: "catalog-api:1",
            environment: [{ name: "DB_HOST", value: "aurora-prod" }],
            secrets: [{ name: "DB_PASSWORD", valueFrom: OWNER }],
          },
        ],
      },
    }),
    GetSecretValueCommand: ({ SecretId }: { SecretId: string }) => ({ SecretString: `value of ${SecretId}` }),
    DescribeDBClustersCommand: ({ DBClusterIdentifier: id }: { DBClusterIdentifier: string }) => {
      look();
      const known = id === "aurora-prod" ? { Status: "available" } : clusters.get(id);
      if (!known) throw awsError("DBClusterNotFoundFault", 404);
      return {
        DBClusters: [
          {
            ...known,
            Endpoint: `${id}.example`,
            Engine: "aurora-postgresql",
            DBSubnetGroup: "subnet-group-aurora-prod",
            EarliestRestorableTime: new Date("2026-11-21T00:00:00Z"),
            LatestRestorableTime: new Date("2026-11-28T11:00:00Z"),
            DBClusterMembers: [{ DBInstanceIdentifier: "aurora-writer-prod" }],
            VpcSecurityGroups: [{ VpcSecurityGroupId: "sg-db" }],
          },
        ],
      };
    },
    DescribeDBInstancesCommand: ({ DBInstanceIdentifier: id }: { DBInstanceIdentifier: string }) => {
      look();
      const standing = { DBInstanceStatus: "available", DBInstanceClass: "db.r6g.large" };
      const known = id === "aurora-writer-prod" ? standing : instances.get(id);
      if (!known) throw awsError("DBInstanceNotFoundFault", 404);
      return { DBInstances: [known] };
    },
    RestoreDBClusterToPointInTimeCommand: (input: Record<string, unknown>) => {
      const id = String(input.DBClusterIdentifier);
      if (clusters.has(id)) throw awsError("DBClusterAlreadyExistsFault");
      const made = { Status: "creating", from: input.RestoreToTime, TagList: input.Tags };
      clusters.set(id, made);
      pending.add(later(() => (made.Status = "available")));
      return {};
    },
    CreateDBInstanceCommand: ({ DBInstanceIdentifier: id, DBInstanceClass }: Record<string, unknown>) => {
      if (instances.has(String(id))) throw awsError("DBInstanceAlreadyExists");
      const made = { DBInstanceStatus: "creating", DBInstanceClass };
      instances.set(String(id), made);
      pending.add(later(() => (made.DBInstanceStatus = "available")));
      return {};
    },
    ModifyDBClusterCommand: ({ DBClusterIdentifier: id, MasterUserPassword }: Record<string, unknown>) => {
      clusters.get(String(id))!.password = MasterUserPassword;
      return {};
    },
    RegisterTaskDefinitionCommand: (input: Record<string, unknown>) => {
      definitions.set("arn:restore:1", input);
      return { taskDefinition: { taskDefinitionArn: "arn:restore:1" } };
    },
    RunTaskCommand: () => {
      const task = { lastStatus: "PENDING", exitCode };
      world.task = task;
      return { tasks: [{ taskArn: "arn:task/copy" }] };
    },
    DescribeTasksCommand: () => {
      const { task } = world;
      const seen = { ...task! };
      task!.lastStatus = task!.lastStatus === "PENDING" ? "RUNNING" : "STOPPED";
      return {
        tasks: [
          {
            taskArn: "arn:task/copy",
            lastStatus: seen.lastStatus,
            stopCode: "EssentialContainerExited",
            stoppedReason: "Essential container in task exited",
            containers: [{ name: "restore", exitCode: seen.lastStatus === "STOPPED" ? exitCode : undefined }],
          },
        ],
      };
    },
    DescribeLogStreamsCommand: () => ({ logStreams: [{ logStreamName: "migrate/restore/copy" }] }),
    GetLogEventsCommand: () => ({ events: [{ message: "restore: products_restored: 3 rows" }] }),
    DeregisterTaskDefinitionCommand: ({ taskDefinition }: { taskDefinition: string }) => {
      definitions.delete(taskDefinition);
      return {};
    },
    DeleteDBInstanceCommand: ({ DBInstanceIdentifier: id }: { DBInstanceIdentifier: string }) => {
      instances.delete(id);
      return {};
    },
    DeleteDBClusterCommand: ({ DBClusterIdentifier: id }: { DBClusterIdentifier: string }) => {
      clusters.delete(id);
      return {};
    },
  };
  const aws = fakeAws(
    Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [
        name,
        (input: Record<string, unknown>) => {
          calls.push(name);
          if (calls.length === breakAt) throw awsError("ServiceUnavailable", 503);
          return answer(input as never);
        },
      ]),
    ),
  );
  return { aws, world };
}

const emptyWorld = (): World => ({
  calls: [],
  clusters: new Map(),
  instances: new Map(),
  definitions: new Map(),
  task: undefined,
});

const options = (aws: ReturnType<typeof fakeAws>) => ({
  ...{ aws, suffix: "prod", name: NAME, everyMs: 1, timeoutMs: 100 },
  say: () => undefined,
  signal: new AbortController().signal,
});

describe("restore", () => {
  it("restores to the moment, like the source, with today's password, and copies with the service's own means", async () => {
    const { aws, world } = account();
    let task: { containerDefinitions?: Record<string, unknown>[] } = {};
    const { set } = world.definitions;
    world.definitions.set = (key, value) => {
      task = value;
      return set.call(world.definitions, key, value);
    };
    const restored = await restore({ ...options(aws), to: MOMENT, tables: ["products"] });
    assert.deepEqual(restored, {
      cluster: "restored-aurora-prod",
      endpoint: "restored-aurora-prod.example",
      copied: ["restore: products_restored: 3 rows"],
    });
    const cluster = world.clusters.get("restored-aurora-prod");
    assert.deepEqual([cluster?.from, cluster?.password], [MOMENT, `value of ${OWNER}`]);
    assert.equal(world.instances.get("restored-aurora-writer-prod")?.DBInstanceClass, "db.r6g.large");
    const [container, ...others] = task.containerDefinitions ?? [];
    assert.equal(others.length, 0);
    assert.deepEqual(container?.command, ["node", "src/setup/restore.ts"]);
    const { environment = [] } = container as { environment?: unknown[] };
    assert.deepEqual(environment.slice(1), [
      { name: "RESTORED_HOST", value: "restored-aurora-prod.example" },
      { name: "RESTORED_TABLES", value: "products" },
    ]);
    assert.equal(world.definitions.size, 0, "the task definition stayed");
  });

  it("goes on where it was cut short, whichever call that was", async () => {
    const whole = account();
    await restore({ ...options(whole.aws), tables: ["products"] });
    const calls = whole.world.calls.length;
    assert.ok(calls > 12);
    for (let breakAt = 1; breakAt <= calls; breakAt++) {
      const { aws, world } = account({ breakAt });
      await assert.rejects(restore({ ...options(aws), tables: ["products"] }), /ServiceUnavailable/);
      const again = account({ world });
      for (const each of [...world.clusters.values()]) each.Status = "available";
      for (const each of [...world.instances.values()]) each.DBInstanceStatus = "available";
      const { copied } = await restore({ ...options(again.aws), tables: ["products"] });
      assert.equal(copied.length, 1, `after call ${breakAt}`);
      await endRestore(options(again.aws));
      assert.deepEqual([world.clusters.size, world.instances.size], [0, 0], `after call ${breakAt}`);
    }
  });

  it("refuses a moment that cannot be had, and says which can", async () => {
    for (const day of ["20", "29"]) {
      const { aws, world } = account();
      const to = new Date(`2026-11-${day}T10:00:00Z`);
      await assert.rejects(
        restore({ ...options(aws), to, tables: [] }),
        /choose a time from 2026-11-21T00:00:00.000Z to 2026-11-28T11:00:00.000Z/,
      );
      assert.equal(world.clusters.size, 0);
    }
  });

  it("gives no other moment's data for the one that is asked for", async () => {
    const another = new Date("2026-11-28T09:00:00Z");
    for (const [first, says] of [
      [MOMENT, /as of 2026-11-28T10:15:00\.000Z: go on with it without --to, or take it away first/],
      [undefined, /as of the latest moment of its time/],
    ] as const) {
      const { aws, world } = account();
      await restore({ ...options(aws), to: first, tables: [] });
      await assert.rejects(restore({ ...options(aws), to: another, tables: [] }), says);
      for (const to of first ? [undefined, first] : [undefined])
        await restore({ ...options(aws), to, tables: [] });
      assert.equal(world.calls.filter((call) => call.startsWith("RestoreDBCluster")).length, 1);
    }
  });

  it("says why a copy failed, in ECS's words and the task's own", async () => {
    const { aws, world } = account({ exitCode: 1 });
    await assert.rejects(
      restore({ ...options(aws), tables: ["products"] }),
      /The copy failed\. EssentialContainerExited: .*restore, exit code 1\n {2}its log: restore: products/,
    );
    assert.equal(world.definitions.size, 0);
  });

  it("removes nothing where nothing is, and no error is that", async () => {
    const { aws, world } = account();
    await endRestore(options(aws));
    assert.ok(world.calls.every((call) => call.startsWith("Describe")));
  });
});

/** What an operator does to one environment from its first day to its last. */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { DeleteObjectCommand } from "@aws-sdk/client-s3";
import { writeSetting } from "../../environment/settings-file.ts";
import { inventory } from "../../inventory/inventory.ts";
import type { Item } from "../../inventory/item.ts";
import type { Practice } from "../practice.ts";
import type { Progress } from "../progress.ts";
import { STATE } from "../settings.ts";
import { type Assertions, added, key } from "../steps.ts";
import type { Catalog } from "./catalog.ts";
import { taint } from "./taint.ts";

export interface SeasonRun extends Practice {
  readonly suffix: string;
  readonly catalog: Catalog;
  readonly progress: Progress;
  readonly assertions: Assertions;
}

const NEXT_IMAGE = "123456789012.dkr.ecr.eu-north-1.amazonaws.com/catalog-api:rehearsal-2";
const SECRETS = ["api-keys", "database-password", "database-owner-password", "origin-token"];
const WATCHED_MS = 8_000;

interface Planned {
  readonly changes: readonly { action: string; address: string }[];
}

interface Left {
  readonly left: readonly Item[];
  readonly kept: readonly Item[];
}

/** Ends with what was there before, and what was kept on purpose. @throws RehearsalFailed */
export async function liveThroughSeason(run: SeasonRun): Promise<void> {
  const { catalog, progress, assertions, suffix, settings, testBed } = run;
  const phase = (name: string, act: () => Promise<string>) => progress.phase(suffix, name, act);
  const setting = async (name: string) =>
    new RegExp(`^${name}=(.*)$`, "m").exec(await readFile(settings, "utf8"))?.[1];
  const unchanged = async () => {
    const { changes } = await catalog.json<Planned>("plan");
    assertions.demand(changes.length === 0, `a plan still has changes: ${JSON.stringify(changes)}`);
  };
  const baseline = await inventory(testBed.aws);

  await phase("bootstrap, twice and for GitHub", async () => {
    for (const line of ["bootstrap", "bootstrap --github owner/shop", "bootstrap --github owner/shop"])
      await catalog.run(line);
    return "the same after the second time";
  });
  await phase("preflight, plan, deploy", async () => {
    const findings = await catalog.json<{ result: string }[]>("preflight");
    assertions.demand(
      findings.every(({ result }) => result !== "fail"),
      "a clean account fails the preflight",
    );
    const { changes } = await catalog.json<Planned>("plan", 2);
    await catalog.run("deploy --yes");
    await unchanged();
    return `${changes.length} resources`;
  });
  await phase("status, and watched", async () => {
    await catalog.run("status");
    const watching = catalog.start("status --watch 1 --json");
    await delay(WATCHED_MS);
    watching.signal("SIGINT");
    const { code, stdout } = await watching.ended;
    const looks = stdout.trim().split("\n").length;
    assertions.demand(code === 130 && looks > 1, `watching ended with ${code} after ${looks} looks`);
    return `${looks} looks`;
  });
  await phase("a new image, and back", async () => {
    const first = await setting("CONTAINER_IMAGE");
    writeSetting(settings, "CONTAINER_IMAGE", NEXT_IMAGE);
    await catalog.run("deploy --yes");
    await catalog.run("rollback --yes");
    assertions.demand(
      (await setting("CONTAINER_IMAGE")) === first,
      "the image before is not in the settings",
    );
    await unchanged();
    return "the image before runs, and stands in the settings";
  });
  for (const secret of SECRETS)
    await phase(`rotate ${secret}`, async () => {
      await catalog.run(`rotate ${secret} --yes`);
      await unchanged();
      return "deployed and verified, then no changes";
    });
  await phase("restore, and away again", async () => {
    const before = await inventory(testBed.aws);
    await catalog.run("restore --table products variants");
    await catalog.run("restore --remove");
    const left = added(before, await inventory(testBed.aws));
    assertions.demand(left.length === 0, `left of a restore:\n  ${left.map(key).join("\n  ")}`);
    await unchanged();
    return "copied beside, and nothing is left of the cluster";
  });
  await phase("finish what was left tainted", async () => {
    const tainted = await taint(run, [
      ...["aws_lb", "aws_security_group", "aws_ecs_cluster", "aws_ecs_service", "aws_nat_gateway"],
      ...["aws_cloudfront_distribution", "aws_rds_cluster", "aws_rds_cluster_instance"],
      ...["aws_lb_listener", "aws_lb_listener_rule"],
    ]);
    const before = await inventory(testBed.aws);
    await catalog.run("deploy --yes");
    const made = added(before, await inventory(testBed.aws)).filter(
      ({ type }) => type !== "aws_ecs_task_definition",
    );
    assertions.demand(made.length === 0, `made anew:\n  ${made.map(key).join("\n  ")}`);
    await unchanged();
    return `${tainted} resources in place`;
  });
  await phase("a lost state", async () => {
    const Key = `catalog-api/${suffix}/terraform.tfstate`;
    await testBed.aws.s3.send(new DeleteObjectCommand({ Bucket: STATE.bucket, Key }));
    for (const line of ["preflight", "deploy --yes", "adopt", "destroy --yes"]) {
      const { stdout, stderr } = await catalog.run(line, 1);
      assertions.demand(
        /aws dynamodb delete-item/.test(stdout + stderr),
        `'${line}' does not say what to do`,
      );
    }
    const digest = { LockID: { S: `${STATE.bucket}/${Key}-md5` } };
    await testBed.aws.dynamoDb.send(new DeleteItemCommand({ TableName: STATE.lockTable, Key: digest }));
    const findings = await catalog.json<{ what: string; result: string }[]>("preflight");
    const earlier = findings.find(({ what }) => /earlier environment/.test(what));
    assertions.demand(earlier?.result === "warn", `the preflight says of it: ${JSON.stringify(earlier)}`);
    await catalog.run("deploy --yes");
    await unchanged();
    return "taken over, then no changes";
  });
  await phase("destroy, its data kept", async () => {
    const { snapshot, left, kept } = await catalog.json<Left & { snapshot: string }>(
      "destroy --yes --keep-data",
    );
    assertions.demand(left.length === 0, `left:\n  ${left.map(key).join("\n  ")}`);
    const listed = added(baseline, await inventory(testBed.aws));
    assertions.demand(
      listed.map(key).sort().join() === kept.map(key).sort().join(),
      `the API lists\n  ${listed.map(key).join("\n  ")}\nand the command says that it kept\n  ${kept.map(key).join("\n  ")}`,
    );
    await catalog.run("destroy --yes");
    return `${snapshot} and what deploys are left`;
  });
  await phase("bootstrap --remove", async () => {
    await catalog.run("bootstrap --remove --yes");
    return "bucket and table are gone";
  });
}

/** Data got back: the database as it was, beside the one that serves, and tables of it copied beside those of today. */
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Aws } from "../aws.ts";
import type { ServiceName } from "../deploy/ecs.ts";
import { giveTodaysPassword, namesFor, removeRestored, restoreCluster } from "./cluster.ts";
import { Poller, type PollerOptions } from "./poller.ts";
import { ownersContainer, runCopy } from "./task.ts";

export interface RestoreOptions extends PollerOptions {
  readonly aws: Pick<Aws, "rds" | "secrets" | "ecs" | "logs">;
  readonly suffix: string;
  readonly name: ServiceName;
  /** The moment. @default the latest that can be had */
  readonly to?: Date | undefined;
  /** What is copied back. @default nothing */
  readonly tables: readonly string[];
}

export interface Restored {
  readonly cluster: string;
  readonly endpoint: string;
  /** What the copy logged: a line a table. */
  readonly copied: readonly string[];
}

/** Interrupted at any point, it goes on there when it is run again. @throws UserError */
export async function restore({
  aws,
  suffix,
  name,
  to,
  tables,
  ...waiting
}: RestoreOptions): Promise<Restored> {
  const wait = new Poller(waiting);
  const names = namesFor(suffix);
  const { secretArn } = await ownersContainer(aws, name);
  const { Endpoint: endpoint = "" } = await restoreCluster(aws, names, to, wait);
  const read = async () =>
    (await aws.secrets.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString ?? "";
  await giveTodaysPassword({ rds: aws.rds, secrets: { read } }, names, wait);
  const copied = tables.length > 0 ? await runCopy(aws, { name, suffix, tables, from: endpoint }, wait) : [];
  return { cluster: names.cluster, endpoint, copied };
}

/** Takes the restored cluster away. The copied tables stay, until somebody drops them. */
export async function endRestore({
  aws,
  suffix,
  ...waiting
}: Pick<RestoreOptions, "aws" | "suffix" | keyof PollerOptions>): Promise<void> {
  await removeRestored(aws, namesFor(suffix), new Poller(waiting));
}

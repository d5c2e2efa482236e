/** What a check before a deployment found. */

import type { Configuration } from "../../local/terraform-json/index.ts";
import type { Aws } from "../aws.ts";
import type { EnvironmentSettings } from "../environment/settings-file.ts";

export interface Finding {
  readonly result: "pass" | "warn" | "fail";
  /** What was looked at, and what was seen. */
  readonly what: string;
  readonly seen: string;
  /** The command, or the step, that mends it; of what does not pass. */
  readonly mend?: string;
}

export interface Context {
  readonly aws: Aws;
  /** The same in the region of the state, which may be another one. */
  readonly stateAws: Pick<Aws, "s3" | "dynamoDb">;
  readonly settings: EnvironmentSettings;
  readonly config: Configuration;
  /** For mending commands: ` --settings production.env`, or nothing. */
  readonly option: string;
  /** Looks a name up in DNS. */
  readonly resolve: (name: string) => Promise<readonly string[]>;
  /** @default Date.now */
  readonly now: () => number;
}

export type Check = (context: Context) => Promise<readonly Finding[]>;

export const pass = (what: string, seen: string): Finding => ({ result: "pass", what, seen });
export const warn = (what: string, seen: string, mend: string): Finding => ({
  result: "warn",
  what,
  seen,
  mend,
});
export const fail = (what: string, seen: string, mend: string): Finding => ({
  result: "fail",
  what,
  seen,
  mend,
});

/** An AWS error by its code, whatever the service calls its class. */
export const codeOf = (error: unknown): string => (error as { name?: string }).name ?? "";
export const statusOf = (error: unknown): number | undefined =>
  (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;

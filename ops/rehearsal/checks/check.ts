import type { Aws } from "../../aws.ts";

export interface CheckContext {
  readonly aws: Aws;
  readonly suffix: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources in Terraform's state: address, type and attributes. */
  readonly resources: readonly StateResource[];
  /** The image that was deployed. */
  readonly image: string;
  /** All that Terraform wrote on disk or in its backend: states and plans, as text. */
  readonly written: readonly { readonly what: string; readonly text: string }[];
}

export interface StateResource {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** One demand of the brief, asked of the AWS API. Fails by throwing an assertion error. */
export interface Check {
  readonly demand: string;
  run(context: CheckContext): Promise<void>;
}

export interface CheckResult {
  readonly demand: string;
  /** Why it failed; absent when it passed. */
  readonly failure?: string;
}

/** Runs all checks, also after one has failed. */
export function runChecks(checks: readonly Check[], context: CheckContext): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async ({ demand, run }) => {
      try {
        await run(context);
        return { demand };
      } catch (error) {
        return { demand, failure: (error as Error).message };
      }
    }),
  );
}

/** The first item; throws naming what is missing when there is none. */
export function only<T>(items: readonly T[] | undefined, what: string): T {
  if (items?.length !== 1) throw new Error(`expected one ${what}, found ${items?.length ?? 0}`);
  return items[0]!;
}

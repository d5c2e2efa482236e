/** Leaves an environment's state as an apply does whose calls broke off: what it made is marked, to be made anew. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { findTerraform } from "../../tools.ts";
import type { SeasonRun } from "./year.ts";

const WORKSPACES = path.resolve(import.meta.dirname, "..", "..", "..", ".catalog");

/** @returns how many resources were tainted */
export async function taint(
  { suffix, variables, testBed }: Pick<SeasonRun, "suffix" | "variables" | "testBed">,
  types: readonly string[],
): Promise<number> {
  const { terraform } = findTerraform();
  const endpoint = testBed.endpoint;
  const services = ["S3", "DYNAMODB", "STS", "IAM"].map((each) => [`AWS_ENDPOINT_URL_${each}`, endpoint]);
  const options = {
    cwd: path.join(WORKSPACES, suffix),
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...Object.fromEntries(services),
      ...variables(endpoint),
    },
  };
  const run = async (...args: string[]) => (await promisify(execFile)(terraform, args, options)).stdout;
  const addresses = (await run("state", "list"))
    .split("\n")
    .filter((address) => types.includes(address.split(".")[0]!));
  for (const address of addresses) await run("taint", address);
  return addresses.length;
}

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** What the user did can be put right by the user: the message is printed as it is, and the exit code is 1. */
export class UserError extends Error {
  override name = "UserError";
}

/** @throws {UserError} when an option is unknown or lacks its value; `--help` prints `usage` and exits. */
export function readArguments<const T extends ParseArgsOptionsConfig>(usage: string, options: T) {
  try {
    const parsed = parseArgs({ options: { ...options, help: { type: "boolean" } }, allowPositionals: true });
    if ((parsed.values as { help?: boolean }).help) {
      process.stdout.write(`${usage}\n`);
      process.exit(0);
    }
    return parsed;
  } catch (error) {
    throw new UserError(`${(error as Error).message}\n\n${usage}`);
  }
}

/** @throws {UserError} unless the text is a whole number within the limits. */
export function readInteger(name: string, text: string, low: number, high: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  throw new UserError(`${name} ${text}: must be a whole number from ${low} to ${high}`);
}

/** Messages of these name what is wrong and what to change; anything else is a defect, and shows its stack. */
const EXPECTED = new Set(["UserError", "ConfigError", "MigrationError"]);

/** Runs a command's main function, and turns what it throws into one line and exit code 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${explain(error as Error & { code?: string })}\n`);
  }
}

function explain(error: Error & { code?: string; address?: string; port?: number }): string {
  if (EXPECTED.has(error.name)) return error.message;
  if (error.code === "ECONNREFUSED") {
    return `No database answers at ${error.address}:${error.port}. Start it, or set DB_HOST and DB_PORT.`;
  }
  if (error.code === "28P01") return `${error.message}: set DB_USER and DB_PASSWORD.`;
  if (error.code === "ENOTFOUND") return `${error.message}: set DB_HOST to the database's name or address.`;
  return error.stack ?? error.message;
}

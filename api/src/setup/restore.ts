/** What the one-off task of `catalog restore` runs, as the database's owner: RESTORED_HOST and RESTORED_TABLES say what to copy. */
import { ConfigError, readConfig } from "../config.ts";
import { copyBack } from "./copy-back.ts";

const log = (line: string) =>
  process.stdout.write(`${JSON.stringify({ level: "info", time: Date.now(), msg: `restore: ${line}` })}\n`);

try {
  const { RESTORED_HOST: host, RESTORED_TABLES: tables } = process.env;
  if (!host || !tables) throw new ConfigError("RESTORED_HOST and RESTORED_TABLES: set both");
  await copyBack(readConfig(), { from: { host }, tables: tables.split(","), log });
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(
    `${JSON.stringify({ level: "fatal", time: Date.now(), msg: `restore: ${message}` })}\n`,
  );
  process.exitCode = 1;
}

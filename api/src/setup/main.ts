/**
 * The task's container `migrate`: brings the database to this version before the API starts, and ends. It alone has the
 * owner's password.
 */
import { ConfigError, readConfig } from "../config.ts";
import { setUpDatabase } from "./setup.ts";

const log = (line: string) =>
  process.stdout.write(`${JSON.stringify({ level: "info", time: Date.now(), msg: `migrate: ${line}` })}\n`);

try {
  const config = readConfig();
  const { API_DB_USER: name, API_DB_PASSWORD: password } = process.env;
  if (!name || !password) throw new ConfigError("API_DB_USER and API_DB_PASSWORD: set both, the API's login");
  await setUpDatabase(config, { name, password }, { log });
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(
    `${JSON.stringify({ level: "fatal", time: Date.now(), msg: `migrate: ${message}` })}\n`,
  );
  process.exitCode = 1;
}

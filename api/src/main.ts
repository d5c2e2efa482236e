import closeWithGrace from "close-with-grace";
import type { FastifyInstance } from "fastify";
import { buildApp } from "./app.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";

/** Time for `close` after the drain: what is under way ends, connections are closed. */
const CLOSE_MS = 15_000;

/** @param onClosed the last thing to do, once nothing is served any more */
export async function main(onClosed?: () => Promise<void>): Promise<void> {
  const config = readConfigOrExit();
  const app = await buildApp(config, {
    onFatal: (error) => {
      app.log.fatal(error.message);
      process.exit(1);
    },
  });
  exitGracefully(app, config, onClosed);
  try {
    await app.listen({ host: config.http.host, port: config.http.port });
  } catch (error) {
    process.stderr.write(
      `cannot listen on ${config.http.host}:${config.http.port}: ${(error as Error).message}\n`,
    );
    process.exit(1);
  }
}

function readConfigOrExit(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** SIGTERM, as ECS sends it, drains first; Ctrl-C closes at once. A second signal ends the process. */
function exitGracefully(app: FastifyInstance, { drain }: Config, onClosed?: () => Promise<void>): void {
  const logger = { error: (line: string) => app.log.error(line) };
  closeWithGrace({ delay: drain.maxMs + CLOSE_MS, logger }, async ({ signal, err }) => {
    if (err) app.log.fatal({ err }, "the process cannot go on");
    else app.log.info({ signal }, "closing");
    if (signal === "SIGTERM") await app.drain();
    await app.close();
    await onClosed?.();
    if (err) throw err;
  });
}

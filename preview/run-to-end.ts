import { once } from "node:events";
import { UserError } from "../cli/user-error.ts";
import { spawnGuarded } from "../local/child.ts";

const LINES_KEPT = 5;

/**
 * Runs a program and returns what it wrote to its standard output. On a terminal its standard error, with its
 * progress, is the user's own.
 *
 * @throws with the program's last lines when it fails.
 */
export async function runToEnd(command: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const [program = "", ...args] = command;
  const shown = process.stderr.isTTY === true;
  const child = spawnGuarded(program, args, {
    env,
    stdio: ["ignore", "pipe", shown ? "inherit" : "pipe"],
  });
  let output = "";
  let complaint = "";
  child.stdout!.on("data", (chunk) => (output += chunk));
  child.stderr?.on("data", (chunk) => (complaint += chunk));
  const [code, signal] = await once(child, "close");
  if (code === 0) return output;
  const words = `${output}${complaint}`.trim();
  // Of an uncaught error the line that says what it is; the rest is a stack trace.
  const last = /^\w*Error: .*$/m.exec(words)?.[0] ?? words.split("\n").slice(-LINES_KEPT).join("\n");
  throw new UserError(
    `${command.join(" ")} ${signal ? `was ended by ${signal}` : `failed with exit code ${code}`}: ${last}`,
  );
}

/** Servers of the preview: on the loopback interface only, with one clear line when the port is taken. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { UserError } from "../cli/user-error.ts";
import { LOOPBACK } from "../local/ports.ts";

/**
 * @param port 0 for a free one.
 * @param what is listening, for the error message.
 * @returns the port.
 */
export async function listen(server: Server, port: number, what: string): Promise<number> {
  server.listen(port, LOOPBACK);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new UserError(`Port ${port}, for ${what}, is taken. Choose others with --port.`);
  }
  return (server.address() as AddressInfo).port;
}

/** Takes no new connections, lets requests finish for a moment, then ends what is left. */
export async function close(server: Server, graceMs = 1000): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}

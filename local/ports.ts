import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/** Where everything listens that runs on this machine. */
export const LOOPBACK = "127.0.0.1";

/** A port of the loopback interface that was free a moment ago; somebody else may take it before it is used. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, LOOPBACK);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

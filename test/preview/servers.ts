/** Small servers for the preview's tests. */
import { once } from "node:events";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on a free loopback port. */
export async function serve(
  listener: RequestListener,
): Promise<{ port: number; url: string; server: Server; stop: () => Promise<void> }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { port, url: `http://127.0.0.1:${port}`, server, stop };
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** One request by its own connection; unlike fetch it adds no headers, follows nothing and decodes nothing. */
export async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
  body?: string,
): Promise<Answer> {
  const asking = request(url, { method, headers, agent: false });
  asking.end(body);
  const [response] = await once(asking, "response");
  let text = "";
  for await (const chunk of response.setEncoding("latin1")) text += chunk;
  return { status: response.statusCode, headers: response.headers, body: text };
}

import { connect } from "node:net";
import type { Answer } from "./api.ts";

export interface Sent {
  method: string;
  address: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Whether something is left out at the end of the header, so that the task waits for it. @default false */
  isUnfinished?: boolean;
}

/** Over a connection of its own: half of the statuses are made before there is a request. */
export async function exchange(
  port: number,
  { method, address, headers = {}, body = "", isUnfinished = false }: Sent,
): Promise<Answer> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("error", () => {});
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const fields = Object.entries({ host: "x", connection: "close", ...length, ...headers });
  socket.write(
    `${method} ${address} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${isUnfinished ? "" : `\r\n${body}`}`,
  );
  await closed;
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const answered = Object.fromEntries(
    lines.map((line) => [line.split(":")[0]!.toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const content = rest.join("\r\n\r\n");
  return {
    status: Number(first.split(" ")[1]),
    headers: answered,
    text: content,
    json: /json/.test(answered["content-type"] ?? "") && content !== "" ? JSON.parse(content) : undefined,
  };
}

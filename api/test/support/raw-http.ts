import { connect, type Socket } from "node:net";
import type { Answer } from "./api.ts";

export interface Sent {
  method: string;
  address: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  /** Of HTTP. @default 1.1 */
  version?: string;
  /** Whether something is left out at the end of the header, so that the task waits for it. @default false */
  isUnfinished?: boolean;
}

export interface Connection {
  socket: Socket;
  /** What has come so far, a character a byte. */
  answer(): string;
  closed: Promise<void>;
}

/** A connection to a server of this machine, over which a test sends bytes as they are. */
export function openSocket(port: number): Connection {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  // A server that has heard enough closes while there is still something to send.
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (chunk) => {
    answer += chunk;
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, answer: () => answer, closed };
}

/** Sends bytes as they are and reads until the connection is closed. */
export async function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const { socket, answer, closed } = openSocket(port);
  socket.write(bytes);
  await closed;
  return Buffer.from(answer(), "latin1").toString();
}

/** Over a connection of its own: half of the statuses are made before there is a request. */
export async function sendAlone(
  port: number,
  { method, address, headers = {}, body = "", version = "1.1", isUnfinished = false }: Sent,
): Promise<Answer> {
  const length = body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const fields = Object.entries({ host: "x", connection: "close", ...length, ...headers });
  const text = await exchange(
    port,
    `${method} ${address} HTTP/${version}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")}${isUnfinished ? "" : `\r\n${body}`}`,
  );
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

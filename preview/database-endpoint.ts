/**
 * An endpoint of the cluster: where the tasks find the writer, or the reader. One PostgreSQL plays both; what goes through an
 * endpoint is that instance's load, and can be held up as if that instance were busy.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { platform } from "node:os";
import { LOOPBACK } from "../local/ports.ts";

export type Role = "WRITER" | "READER";

/** Two addresses, since tasks ask both endpoints at one port. macOS has no second one of 127.0.0.0/8. */
export const ENDPOINT_HOSTS: Readonly<Record<Role, string>> = {
  WRITER: LOOPBACK,
  READER: platform() === "darwin" ? "::1" : "127.0.0.2",
};

export class DatabaseEndpoint {
  readonly role: Role;
  /** What the server sends is held up for so long, in milliseconds of this machine's time. */
  delayMs = 0;
  readonly #serverPort: number;
  /** To the server, by the client that each is for. */
  readonly #connections = new Map<Socket, Socket>();
  readonly #listener = createServer((client) => this.#accept(client));

  /** @param serverPort where PostgreSQL listens */
  constructor(role: Role, serverPort: number) {
    this.role = role;
    this.#serverPort = serverPort;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Ports that the server sees its clients at: they tell whose a session is. */
  get clientPorts(): number[] {
    return [...this.#connections.values()].flatMap(({ localPort }) => localPort ?? []);
  }

  async open(port: number): Promise<void> {
    this.#listener.listen(port, ENDPOINT_HOSTS[this.role]);
    await once(this.#listener, "listening");
  }

  /** New clients are refused, and the connections that are open are gone. */
  async close(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, "close");
    this.#listener.close();
    for (const client of this.#connections.keys()) client.destroy();
    await closed;
  }

  #accept(client: Socket): void {
    const server = connect(this.#serverPort, LOOPBACK);
    this.#connections.set(client, server);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {}); // its "close" follows
      socket.on("close", () => {
        client.destroy();
        server.destroy();
        this.#connections.delete(client);
      });
    }
    client.pipe(server);
    const waiting: { chunk: Buffer | string; due: number }[] = [];
    const send = () => {
      for (let next = waiting[0]; next; next = waiting[0]) {
        const early = next.due - performance.now();
        if (early > 0) return void setTimeout(send, early);
        waiting.shift();
        pass(server, client, next.chunk);
      }
    };
    server.on("data", (chunk) => {
      waiting.push({ chunk, due: performance.now() + this.delayMs });
      if (waiting.length === 1) send(); // else one that came before is waited for
    });
  }
}

/** @param from waits while `to` cannot take more */
function pass(from: Socket, to: Socket, chunk: Buffer | string): void {
  if (to.destroyed || to.write(chunk)) return;
  from.pause();
  to.once("drain", () => from.resume());
}

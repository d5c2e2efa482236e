import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Link {
  client: Socket;
  server: Socket;
  /** What the client has sent so far, as far as it is worth looking at. */
  sent: string;
  /** Nothing passes any more, or no notification, ever. */
  dead: boolean;
}

/** The network between a task and its database, to be broken. */
export class BreakableProxy implements AsyncDisposable {
  readonly #links = new Set<Link>();
  readonly #server: Server;
  #open = true;
  #paused: "all" | "answers" | undefined;
  #cutOn: string | undefined;
  #to: { host: string; port: number };
  /** Connections that were made through it. */
  connections = 0;

  private constructor(to: { host: string; port: number }) {
    this.#to = to;
    this.#server = createServer((client) => {
      if (!this.#open) {
        client.resetAndDestroy();
        return;
      }
      this.connections++;
      const link: Link = { client, server: connect(this.#to.port, this.#to.host), sent: "", dead: false };
      this.#links.add(link);
      client.on("data", (chunk) => {
        if (this.#cutOn !== undefined && chunk.includes(this.#cutOn)) {
          this.#cutOn = undefined;
          // It has arrived when the answer comes; only the answer is lost.
          link.server.unpipe();
          link.server.once("data", () => client.resetAndDestroy()).resume();
        }
        if (link.sent.length < 10_000) link.sent += chunk.toString("latin1");
      });
      client.pipe(link.server).pipe(client);
      if (this.#paused) hold(link, this.#paused);
      for (const socket of [client, link.server]) {
        socket.on("error", () => {});
        socket.on("close", () => {
          client.destroy();
          link.server.destroy();
          this.#links.delete(link);
        });
      }
    });
  }

  static async start(
    to: { host: string; port: number },
    at: { host?: string; port?: number } = {},
  ): Promise<BreakableProxy> {
    const proxy = new BreakableProxy(to);
    proxy.#server.listen(at.port ?? 0, at.host ?? "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** New connections lead there, and those that exist stay where they are: a name that means another server from now on. */
  leadTo(to: { host: string; port: number }): void {
    this.#to = to;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /** Breaks every connection, and lets none through until `mend`. */
  cut(): void {
    this.#open = false;
    for (const { client } of this.#links) client.resetAndDestroy();
  }

  /** Breaks the next connection on which the client sends this text, when the server has answered it. */
  cutOn(text: string): void {
    this.#cutOn = text;
  }

  mend(): void {
    this.#open = true;
    this.#cutOn = undefined;
  }

  /**
   * Nothing passes any more, over connections that exist and over new ones, and neither end is told: a server that stands still; or
   * one whose answers do not come, though it gets what it is asked.
   */
  pause(what: "all" | "answers" = "all"): void {
    this.#paused = what;
    for (const link of this.#links) hold(link, what);
  }

  /** Everything goes on where it was. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = undefined;
    for (const link of this.#links) {
      if (link.dead) continue;
      hold(link, "all");
      link.client.pipe(link.server).pipe(link.client);
    }
  }

  /** Connections that both ends have open. */
  get open(): number {
    return this.#links.size;
  }

  /**
   * Nothing passes any more over the connections on which the client has sent this text, and neither end is told.
   *
   * @returns how many they are.
   */
  silence(text: string): number {
    const links = [...this.#links].filter(({ sent }) => sent.includes(text));
    for (const link of links) {
      link.dead = true;
      hold(link, "all");
      link.client.resume();
      link.server.resume();
    }
    return links.length;
  }

  /** Of the connections that listen no notification passes any more, and all else does: those of a writer that is one no more. */
  deafen(): void {
    for (const link of this.#links) {
      if (!link.sent.includes("LISTEN catalog") || link.dead) continue;
      link.dead = true;
      link.server.unpipe();
      link.server.on("data", (chunk: Buffer) => link.client.write(withoutNotifications(chunk)));
    }
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Of whole messages, as they come: each a type, a length that counts itself, and so many bytes. */
function withoutNotifications(chunk: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let start = 0, end = 0; start < chunk.length; start = end) {
    end = start + 1 + chunk.readInt32BE(start + 1);
    if (chunk.toString("latin1", start, start + 1) !== "A") kept.push(chunk.subarray(start, end));
  }
  return Buffer.concat(kept);
}

function hold({ client, server }: Link, what: "all" | "answers"): void {
  if (what === "all") client.unpipe();
  server.unpipe();
}

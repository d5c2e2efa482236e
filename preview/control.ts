/** The page's server: files, live state by server-sent events, actions and drills. On the loopback interface only. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  controlRoutes,
  type DrillRunner,
  type Preview,
  type TaskDefinitionChange,
} from "./contract/index.ts";
import { close, listen } from "./listen.ts";
import { pageFile } from "./page-files.ts";

const SNAPSHOT_EVERY_MS = 1000;
const LARGEST_BODY = 64 * 1024;

type Body = { count?: unknown; factor?: unknown } & TaskDefinitionChange;

/** What the page's buttons may do, each from its JSON body. */
const actions: { [name: string]: (preview: Preview, body: Body) => unknown } = {
  interruptTasks: (preview, { count }) => preview.interruptTasks(positive(count, "count")),
  killDatabase: (preview) => preview.killDatabase(),
  startDatabase: (preview) => preview.startDatabase(),
  deploy: (preview, { environment, command }) =>
    preview.deploy({ ...(environment && { environment }), ...(command && { command }) }),
  flushEdgeCache: (preview) => preview.flushEdgeCache(),
  setSpeed: (preview, { factor }) => preview.setSpeed(Number(factor)),
  setDesiredCount: (preview, { count }) => preview.setDesiredCount(positive(count, "count")),
};

class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class ControlServer {
  readonly #server: Server;
  /** Proof that the caller could read the page: another website's script in the same browser cannot. */
  readonly #token = randomBytes(24).toString("base64url");
  #preview: Preview | undefined;
  #drills: DrillRunner | undefined;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: Error) => {
        if (response.headersSent) return response.destroy();
        sendJson(response, error instanceof HttpError ? error.status : 500, { error: error.message });
      });
    });
  }

  /** @param port 0 for a free one. @returns the port. */
  listen(port: number): Promise<number> {
    return listen(this.#server, port, "the page");
  }

  serve(preview: Preview, drills: DrillRunner | undefined): void {
    this.#preview = preview;
    this.#drills = drills;
  }

  async close(): Promise<void> {
    await this.#drills?.cancel();
    await close(this.#server, 0); // streams never end by themselves
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A name of another site that resolves to this machine must not reach it (DNS rebinding).
    if (!/^(127\.0\.0\.1|localhost):\d+$/.test(request.headers.host ?? ""))
      throw new HttpError(421, "This server answers at 127.0.0.1 only.");
    const preview = this.#preview;
    if (!preview) throw new HttpError(503, "The preview is starting.");
    const url = new URL(request.url!, `http://${request.headers.host}`);
    const { pathname, searchParams } = url;
    if (request.method !== "GET") return this.#act(preview, request, response, pathname);
    if (pathname === controlRoutes.snapshot) return sendJson(response, 200, preview.snapshot());
    if (pathname === controlRoutes.points)
      return sendJson(response, 200, preview.points(Number(searchParams.get("since"))));
    if (pathname === controlRoutes.log)
      return sendJson(response, 200, preview.log(Number(searchParams.get("after"))));
    if (pathname === controlRoutes.stream) return stream(preview, response);
    if (pathname.startsWith(controlRoutes.drill)) return this.#showDrill(response, pathname);
    const board = pathname.startsWith(controlRoutes.dashboard) && dashboard(preview, pathname);
    if (board) return send(response, 200, "image/svg+xml", board);
    const file = await pageFile(pathname, this.#token);
    if (!file) throw new HttpError(404, `There is nothing at ${pathname}.`);
    response.writeHead(200, file.headers);
    response.end(file.body);
  }

  #showDrill(response: ServerResponse, pathname: string): void {
    const name = pathname.slice(controlRoutes.drill.length);
    const found = name === "" ? this.#drills?.state() : this.#drills?.result(name);
    if (found === undefined) throw new HttpError(404, `The drill "${name}" has no result yet.`);
    sendJson(response, 200, found);
  }

  async #act(
    preview: Preview,
    request: IncomingMessage,
    response: ServerResponse,
    pathname: string,
  ): Promise<void> {
    this.#checkToken(request);
    const body = await readJson(request);
    if (pathname.startsWith(controlRoutes.drill)) {
      await this.#driveDrill(request.method!, pathname.slice(controlRoutes.drill.length));
      return sendJson(response, 202, {});
    }
    const name = pathname.startsWith(controlRoutes.action) ? pathname.slice(controlRoutes.action.length) : "";
    if (request.method !== "POST" || !Object.hasOwn(actions, name))
      throw new HttpError(404, `There is no action at ${request.method} ${pathname}.`);
    try {
      // Answered at once: how it goes is in the event log.
      Promise.resolve(actions[name]!(preview, body)).catch((error: Error) => console.error(error.message));
    } catch (error) {
      throw new HttpError(400, (error as Error).message);
    }
    sendJson(response, 202, {});
  }

  async #driveDrill(method: string, name: string): Promise<void> {
    const drills = this.#drills;
    if (!drills?.names.includes(name)) throw new HttpError(404, `There is no drill "${name}".`);
    if (method === "DELETE") return void drills.cancel();
    if (method !== "POST") throw new HttpError(405, "Use POST or DELETE.");
    if (drills.running) throw new HttpError(409, `The drill "${drills.running}" is under way.`);
    await drills.start(name);
  }

  #checkToken(request: IncomingMessage): void {
    const given = Buffer.from(String(request.headers["x-preview-token"] ?? ""));
    const expected = Buffer.from(this.#token);
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new HttpError(403, "The header x-preview-token is missing or wrong: reload the page.");
  }
}

function dashboard(preview: Preview, pathname: string): string | undefined {
  const wanted = pathname.slice(controlRoutes.dashboard.length).replace(/\.svg$/, "");
  return preview.dashboards().find(({ name }) => name === wanted)?.svg;
}

function stream(preview: Preview, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (name: string) => (value: unknown) =>
    response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
  const [onEvent, onPoint, onSnapshot] = [send("event"), send("point"), send("snapshot")];
  preview.events.on("event", onEvent).on("point", onPoint);
  onSnapshot(preview.snapshot());
  const timer = setInterval(() => onSnapshot(preview.snapshot()), SNAPSHOT_EVERY_MS);
  response.on("close", () => {
    clearInterval(timer);
    preview.events.off("event", onEvent).off("point", onPoint);
  });
}

async function readJson(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += chunk;
    if (text.length > LARGEST_BODY) throw new HttpError(413, "The body is too large.");
  }
  if (text === "") return {};
  try {
    const value = JSON.parse(text);
    if (value !== null && typeof value === "object") return value;
  } catch {}
  throw new HttpError(400, "The body is no JSON object.");
}

function positive(value: unknown, name: string): number {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw new Error(`${name} must be a whole number from 1.`);
  return value as number;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, "application/json", JSON.stringify(value));
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    "content-type": contentType,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

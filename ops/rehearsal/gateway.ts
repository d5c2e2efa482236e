/**
 * A small HTTP gateway in front of moto_server: it answers the calls that moto lacks, corrects those that it answers
 * wrongly (`corrections/`, each with its reason), counts what passes, and injects faults on request (`faults.ts`).
 * Terraform and the SDK clients speak to the gateway only; everything that is not corrected passes through unchanged.
 */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type ApiResponse, type Call, parseCall } from "./call.ts";
import { applies, type Correction } from "./corrections/correction.ts";
import type { Faults } from "./faults.ts";

export interface GatewayOptions {
  /** Port of moto_server on 127.0.0.1. */
  readonly upstreamPort: number;
  /** What to answer or to correct; the first that matches a call has it first. @default [] */
  readonly corrections?: readonly Correction[];
  /** Faults to inject. @default none */
  readonly faults?: Faults;
  /** The call as it is to be carried out. @default as it came */
  readonly rewrite?: ((call: Call) => Call) | undefined;
  /** Called for each finished call; without an answer the connection was dropped on purpose. */
  readonly onCall?: ((call: Call, answer?: ApiResponse) => void) | undefined;
}

export interface Gateway {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a gateway on a free port of 127.0.0.1. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const agent = new http.Agent({ keepAlive: false, maxSockets: 64 });
  const server = http.createServer((request, response) => {
    handle(options, agent, request, response).catch((error: Error) => {
      // moto is gone or broke the connection: say so in a form that each SDK protocol reads as a server fault.
      if (response.headersSent) response.destroy();
      else
        send(response, {
          status: 502,
          headers: { "content-type": "text/plain" },
          body: Buffer.from(error.message),
        });
    });
  });
  // Terraform's provider keeps connections between calls; never close one under it.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  options: GatewayOptions,
  agent: http.Agent,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const call = parseCall(request, Buffer.concat(chunks));

  const fault = options.faults?.next(call);
  if (fault?.kind === "drop") {
    request.socket.destroy();
    options.onCall?.(call);
    return;
  }
  if (fault?.kind === "lose-answer") {
    await answer(options, agent, call);
    request.socket.destroy();
    options.onCall?.(call);
    return;
  }
  const result = fault?.answer ?? (await answer(options, agent, options.rewrite?.(call) ?? call));
  send(response, result);
  options.onCall?.(call, result);
}

/** The first correction that applies answers; what it forwards goes through those after it, and then to moto. */
function answer(options: GatewayOptions, agent: http.Agent, call: Call): Promise<ApiResponse> {
  const { corrections = [], upstreamPort } = options;
  const from = (start: number, current: Call): Promise<ApiResponse> => {
    const index = corrections.findIndex((each, at) => at >= start && applies(each, current));
    if (index < 0) return forwardTo(upstreamPort, agent, current);
    return corrections[index]!.answer(current, (changed = current) => from(index + 1, changed));
  };
  return from(0, call);
}

function forwardTo(port: number, agent: http.Agent, call: Call): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const headers = { ...call.headers, "content-length": String(call.body.length) };
    delete (headers as Record<string, unknown>)["transfer-encoding"];
    const upstream = http.request(
      { host: "127.0.0.1", port, agent, method: call.method, path: call.path, headers },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("error", reject);
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    upstream.on("error", reject);
    upstream.end(call.body);
  });
}

function send(response: http.ServerResponse, { status, headers, body }: ApiResponse): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) response.setHeader(name, value);
  }
  // HEAD answers keep moto's length (S3 reports an object's size there); everything else is measured anew.
  if (response.req.method !== "HEAD") response.setHeader("content-length", body.length);
  else if (headers["content-length"] !== undefined)
    response.setHeader("content-length", headers["content-length"]);
  response.writeHead(status);
  response.end(response.req.method === "HEAD" ? undefined : body);
}

// RFC 9110 §7.6.1: these concern one connection only. The length is set anew, since corrections change bodies.
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "content-length"]);

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { refuseBody } from "./body.ts";
import { PROBLEM_JSON, Problem } from "./problem.ts";

/** Requests of a connection whose answers may still be due, in their order. */
const exchanges = new WeakMap<Socket, { request: IncomingMessage; response: ServerResponse }[]>();
/** Connections on which nothing more is understood: the parser complains about each further piece. */
const broken = new WeakSet<Socket>();

/** An unwanted body up to this length is read and dropped, so that its connection can be used again. */
const DROPPED_BYTES = 65_536;
/** How long a connection is kept whose client is still sending: closed at once, it could take the answer along. */
const LINGER_MS = 1_000;

export function track(request: IncomingMessage, response: ServerResponse): void {
  const open = exchanges.get(request.socket)?.filter((each) => !each.response.writableFinished) ?? [];
  exchanges.set(request.socket, [...open, { request, response }]);
}

/**
 * Requests that are not HTTP, or too large or too slow to be read. Answers come in the order of the requests (RFC 9112, section
 * 9.3.2), so what is under way is answered first; a request whose own body is broken is answered by whoever reads that body.
 */
export function onClientError(error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void {
  if (broken.has(socket)) return;
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  broken.add(socket);
  const known = exchanges.get(socket) ?? [];
  const due = known.filter(({ response }) => !response.writableFinished);
  const last = known.at(-1);
  const isInsideBody = last !== undefined && !last.request.complete;
  if (isInsideBody) refuseBody(last.request, problemOf(error));
  const lastDue = due.at(-1)?.response;
  if (lastDue) {
    lastDue.shouldKeepAlive = false;
    lastDue.once("finish", () => socket.end());
  } else if (isInsideBody) {
    socket.end();
  } else {
    answerRaw(socket, problemOf(error));
  }
}

/** For a request that never becomes one for the application, after the answers that are due. */
export function answerInTurn(socket: Socket, problem: Problem): void {
  const due = exchanges.get(socket)?.findLast(({ response }) => !response.writableFinished)?.response;
  if (due) due.once("finish", () => answerRaw(socket, problem));
  else answerRaw(socket, problem);
}

function answerRaw(socket: Socket, problem: Problem): void {
  const id = randomUUID();
  const body = problem.body(id);
  const headers = {
    ...problem.headers,
    date: new Date().toUTCString(),
    "content-type": PROBLEM_JSON,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-request-id": id,
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${problem.statusCode} ${STATUS_CODES[problem.statusCode]}\r\n${lines.join("")}\r\n${body}`,
  );
}

function problemOf({ code, rawPacket }: { code?: string; rawPacket?: unknown }): Problem {
  if (code === "HPE_HEADER_OVERFLOW")
    return new Problem("header-fields-too-large", "address and header fields have at most 16 KiB together");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return new Problem("content-too-large", "the extensions of a chunk are too long");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new Problem("request-timeout", "a request must be there, with its body, within 30 seconds");
  const [, method] =
    /^([!#$%&'*+.^_`|~\w-]+) \S+ HTTP\/1\.[01]\r?\n/.exec(
      Buffer.isBuffer(rawPacket) ? rawPacket.toString("latin1", 0, 8_192) : "",
    ) ?? [];
  if (code === "HPE_INVALID_METHOD" && method !== undefined)
    return new Problem("not-implemented", `the method ${method.slice(0, 40)} is not implemented`);
  return new Problem("invalid-request", "this is not a valid HTTP request");
}

/** Whether so much of a body may still come that it is cheaper to close the connection than to read it. */
function hasLongBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false;
  const length = headers["content-length"];
  return length === undefined
    ? headers["transfer-encoding"] !== undefined
    : Number(length) > DROPPED_BYTES || headers.expect !== undefined;
}

/** For an answer that does not need the request's body: what is long is not read, and the connection closes after the answer. */
export function leaveBody(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || !hasLongBody(request)) return;
  response.shouldKeepAlive = false;
  const { socket } = request;
  socket.destroySoon = () => {
    socket.pause();
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}

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

/** Header fields of an answer by which a page may read it. @param origin the page's, as the request has it */
export type CrossOrigin = (origin: string | undefined) => Record<string, string>;

export function track(request: IncomingMessage, response: ServerResponse): void {
  const open = exchanges.get(request.socket)?.filter((each) => !each.response.writableFinished) ?? [];
  exchanges.set(request.socket, [...open, { request, response }]);
}

/**
 * Requests that are not HTTP, or too large or too slow to be read. Answers come in the order of the requests (RFC 9112, section
 * 9.3.2), so what is under way is answered first; a request whose own body is broken is answered by whoever reads that body.
 */
export const onClientError =
  (crossOrigin: CrossOrigin) =>
  (error: ClientError, socket: Socket): void =>
    refuseMessage(error, socket, crossOrigin);

/** What the parser has not understood, as far as it is known. */
type ClientError = Error & { code?: string; rawPacket?: unknown; bytesParsed?: number };

function refuseMessage(error: ClientError, socket: Socket, crossOrigin: CrossOrigin): void {
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
  const end = (): void => {
    const [, origin] = /^origin:[ \t]*(\S+)[ \t]*\r?$/im.exec(packetOf(error)) ?? [];
    if (isInsideBody) socket.end();
    else answerRaw(socket, problemOf(error), crossOrigin(origin));
  };
  const lastDue = due.at(-1)?.response;
  if (isInsideBody) {
    refuseBody(last.request, problemOf(error));
    if (lastDue) lastDue.shouldKeepAlive = false;
  }
  if (lastDue) lastDue.once("finish", end);
  else end();
}

/** The bytes that were being parsed, as text: perhaps more than one request. */
const packetOf = ({ rawPacket }: ClientError): string =>
  Buffer.isBuffer(rawPacket) ? rawPacket.toString("latin1") : "";

/** What the parser has stopped in, from the beginning of the line on. */
const stoppedIn = (error: ClientError): string => {
  const packet = packetOf(error);
  return packet.slice(packet.lastIndexOf("\n", (error.bytesParsed ?? 0) - 1) + 1);
};

/** For a request that never becomes one for the application, after the answers that are due. */
export function answerInTurn(socket: Socket, problem: Problem): void {
  const due = exchanges.get(socket)?.findLast(({ response }) => !response.writableFinished)?.response;
  if (due) due.once("finish", () => answerRaw(socket, problem));
  else answerRaw(socket, problem);
}

function answerRaw(socket: Socket, problem: Problem, more: Record<string, string> = {}): void {
  const id = randomUUID();
  const body = problem.body(id);
  const headers = {
    ...problem.headers,
    ...more,
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

function problemOf(error: ClientError): Problem {
  const { code } = error;
  if (code === "HPE_HEADER_OVERFLOW")
    return new Problem("header-fields-too-large", "address and header fields have at most 16 KiB together");
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW")
    return new Problem("content-too-large", "the extensions of a chunk are too long");
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return new Problem("request-timeout", "a request must be there, with its body, within 30 seconds");
  // The parser says as much of a line that ends in LF alone.
  if (code === "HPE_PAUSED_H2_UPGRADE") return unsupportedVersion();
  if (/^\S+ \S+ HTTP\/(?!1\.[01]\r?\n)\d+\.\d+\r?\n/.test(stoppedIn(error))) return unsupportedVersion();
  // The client has closed its side of the connection.
  if (code === "HPE_INVALID_EOF_STATE")
    return new Problem("invalid-request", "the request ended before it was whole");
  const [, method] = /^([!#$%&'*+.^_`|~\w-]+) \S+ HTTP\/1\.[01]\r?\n/.exec(stoppedIn(error)) ?? [];
  if (code === "HPE_INVALID_METHOD" && method !== undefined)
    return new Problem("not-implemented", `the method ${method.slice(0, 40)} is not implemented`);
  return new Problem("invalid-request", "this is not a valid HTTP request");
}

export const unsupportedVersion = (): Problem =>
  new Problem("version-not-supported", "the protocol is HTTP/1.1 or HTTP/1.0");

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

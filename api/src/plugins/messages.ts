import type { FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { ADDRESS_LENGTH, refuseUndecodable, tooLong } from "../http/address.ts";
import { answerInTurn, leaveBody, track, unsupportedVersion } from "../http/exchanges.ts";
import { Problem } from "../http/problem.ts";

/** Methods that the standards of HTTP define (RFC 9110, RFC 5789, RFC 10008), and that an address may or may not have. */
const METHODS = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"];

/** `uri-host [ ":" port ]` (RFC 9110, section 7.2; RFC 3986, section 3.2.2), without the comma by which Node joins two of them. */
const HOST = /^(\[[\da-f:.]+\]|([\w.~!$&'()*+;=-]|%[\da-f]{2})*)(:\d*)?$/i;

const listOf = (methods: string[]): string => [...new Set(methods)].sort().join(", ");

/**
 * HTTP before there is an operation: what a message's first line and header fields alone decide, in the order of RFC 9110. It
 * comes before everything else, and nothing of a body is read for it.
 */
export default fp(
  async (app) => {
    const addresses = new Map<string, { pattern: RegExp; methods: Set<string> }>();
    app.addHook("onRoute", ({ url, method }) => {
      // The router takes a single colon for a parameter, two for a colon.
      const pattern = new RegExp(
        `^${url.replaceAll("::", "%3A").replaceAll(/:\w+/g, "[^/]+")}$`.replace("%3A", ":"),
      );
      const known = addresses.get(url) ?? { pattern, methods: new Set() };
      addresses.set(url, known);
      for (const name of [method].flat()) known.methods.add(name);
    });

    app.addHook("onRequest", (request, reply, done) => {
      track(request.raw, reply.raw);
      // Node's parser drops what stands behind it: who is told that the connection closes sends that again (RFC 9112, section 9.6).
      if (request.raw.headers.upgrade !== undefined) reply.raw.shouldKeepAlive = false;
      if (request.raw.url === "*" && request.raw.method === "OPTIONS") {
        // RFC 9110, section 9.3.7: about the server as a whole.
        const all = [...addresses.values()].flatMap(({ methods }) => [...methods]);
        reply
          .code(204)
          .headers({ allow: listOf(all), "cache-control": "no-store", "x-request-id": request.id })
          .send();
        return;
      }
      const refusal = refuse(request);
      if (!request.routeOptions.config?.accepts) leaveBody(request.raw, reply.raw);
      if (refusal) done(refusal);
      else done();
    });

    function refuse({ raw, is404 }: FastifyRequest): Problem | undefined {
      const { host, expect, "transfer-encoding": transferCoding } = raw.headers;
      // Node lets 0.9 and 2.0 pass, and would answer with 1.1.
      if (!["1.0", "1.1"].includes(raw.httpVersion)) return unsupportedVersion();
      // RFC 9112, section 3.2.
      if (host === undefined ? raw.httpVersion === "1.1" : !HOST.test(host))
        return new Problem(
          "invalid-request",
          "a request has one Host, which is a name or an address, and perhaps a port",
        );
      // RFC 9112, section 6.1: where such a body ends is not to be trusted.
      if (transferCoding !== undefined && raw.httpVersion === "1.0")
        return new Problem("invalid-request", "HTTP/1.0 has no Transfer-Encoding");
      if (transferCoding !== undefined && transferCoding.toLowerCase() !== "chunked")
        return new Problem(
          "not-implemented",
          "Transfer-Encoding: chunked is the only one that is implemented",
        );
      if (expect !== undefined && expect.toLowerCase() !== "100-continue")
        return new Problem(
          "expectation-failed",
          "Expect: 100-continue is the only expectation that can be met",
        );
      if (raw.url!.length > ADDRESS_LENGTH) return tooLong(raw.url!.length, ADDRESS_LENGTH);
      return is404 ? refuseUnknown(raw.method!, raw.url!) : undefined;
    }

    /** No route has this method at this address. */
    function refuseUnknown(method: string, url: string): Problem {
      try {
        refuseUndecodable(url);
      } catch (error) {
        return error as Problem;
      }
      // As the router reads it: RFC 9112, section 3.2.2 has addresses with their host.
      const path = decodeURI(url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*/, ""));
      const found = addresses.get(path) ?? [...addresses.values()].find(({ pattern }) => pattern.test(path));
      const allow = found && listOf([...found.methods]);
      const headers = allow === undefined ? {} : { headers: { allow } };
      if (!METHODS.includes(method))
        return new Problem("not-implemented", `the method ${method} is not implemented`, headers);
      return found
        ? new Problem("method-not-allowed", `${method} is not possible here; ${allow} are`, headers)
        : new Problem("not-found", `there is nothing at ${url.split("?")[0]}`);
    }

    // Whether the client is to go on is known when the header fields have been looked at: plugins/bodies.ts.
    app.server.on("checkContinue", app.routing);
    app.server.on("checkExpectation", app.routing);
    app.server.on("connect", (_request, socket) => {
      answerInTurn(
        socket as never,
        new Problem("method-not-allowed", "this is no proxy: CONNECT is not possible"),
      );
    });
    // Who has closed its side of the connection behind a request still gets the answer: its write may have been committed.
    Object.assign(app.server, { httpAllowHalfOpen: true });
    // Node drops what is above 2,000 without a word, an If-Match among them; their length is bounded.
    app.server.maxHeadersCount = 0;
  },
  { name: "messages" },
);

import type { ErrorObject } from "ajv";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import fp from "fastify-plugin";
import { explain } from "../catalog/explain.ts";
import {
  BatchTimeout,
  DatabaseContention,
  DatabaseOverloaded,
  DatabaseUnavailable,
  isContention,
  isLockTimeout,
  isOutOfResources,
  isStatementTimeout,
  OutcomeUnknown,
  sqlState,
} from "../database/errors.ts";
import { type CrossOrigin, leaveBody, track } from "../http/exchanges.ts";
import { isFault, MAX_ERRORS, PROBLEM_JSON, Problem, type ProblemName } from "../http/problem.ts";

/** Every error leaves as problem details (RFC 9457), and nothing of the server's inside leaves with it. */
export default fp(
  async (app) => {
    app.setErrorHandler((error: FastifyError, request, reply) =>
      sendProblem(toProblem(error, request), error, request, reply),
    );
    // Before the body is read; see plugins/messages.ts.
    app.setNotFoundHandler((request) => {
      throw new Problem("not-found", `there is nothing at ${request.url.split("?")[0]}`);
    });
  },
  { name: "errors" },
);

/** For `frameworkErrors`: addresses that the router cannot read. No hook has seen the request. */
export const onFrameworkError =
  (crossOrigin: CrossOrigin) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    track(request.raw, reply.raw);
    reply.headers(crossOrigin(request.raw.headers.origin));
    sendProblem(toProblem(error, request), error, request, reply);
  };

/** What a handler may have said of its answer before there was a problem. */
const OF_THE_REPRESENTATION = ["etag", "content-location", "location", "link", "cache-status"];

function sendProblem(problem: Problem, cause: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode } = problem;
  if (isFault(statusCode)) {
    const expected = statusCode === 503;
    request.log[expected ? "warn" : "error"](
      { reqId: request.id, problem: problem.problem, err: cause, url: request.url.slice(0, 500) },
      problem.message,
    );
  }
  leaveBody(request.raw, reply.raw);
  for (const name of OF_THE_REPRESENTATION) reply.removeHeader(name);
  reply
    .code(statusCode)
    .headers({ ...problem.headers, "cache-control": "no-store", "x-request-id": request.id })
    .type(PROBLEM_JSON)
    .send(problem.body(request.id));
}

function toProblem(error: FastifyError, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) return fromValidation(error);
  const ofDatabase = databaseProblem(error, request);
  if (ofDatabase) return new Problem(...ofDatabase, { cause: error });
  // Node's word for a client that went away inside its body: nobody reads this answer, and nothing is wrong with the server.
  if (error.code === "ECONNRESET" && error.message === "aborted")
    return new Problem("invalid-request", "the body ended before it was whole", { cause: error });
  // The router's: the only mistake of a client that nothing of this API's own has found before.
  if (error.code === "FST_ERR_BAD_URL")
    return new Problem("invalid-request", "the address is not valid", { cause: error });
  return new Problem("internal-error", "the error has been logged with the id of this request", {
    cause: error,
  });
}

/** What the database has to do with it: each reason by its own name, with what helps. */
function databaseProblem(error: Error, { headers }: FastifyRequest): [ProblemName, string] | undefined {
  if (error instanceof DatabaseUnavailable) return ["database-unavailable", `${error.message}; try again`];
  if (error instanceof BatchTimeout) return ["database-timeout", error.message];
  if (error instanceof DatabaseOverloaded) return ["overloaded", error.message];
  if (error instanceof DatabaseContention || isContention(error))
    return [
      "contention",
      "other writes of the same data were in the way each time; nothing was written, try again",
    ];
  if (isLockTimeout(error))
    return [
      "locked",
      "another transaction holds what this request needs, and did not end in time; nothing was written, try again",
    ];
  if (isStatementTimeout(error)) return ["database-timeout", "the database took too long; try again"];
  if (isOutOfResources(error))
    return [
      "database-unavailable",
      "the database has no room or memory left; nothing was written, try again",
    ];
  if (error instanceof OutcomeUnknown) {
    const advice =
      headers["idempotency-key"] === undefined
        ? "read again what it should have changed before you repeat it"
        : "repeat it with the same Idempotency-Key";
    return [
      "outcome-unknown",
      `the database went away during the COMMIT: it may have been written; ${advice}`,
    ];
  }
  // Data that passed validation and that PostgreSQL refuses all the same: SQLSTATE classes 22 and 23, and 54, "program limit
  // exceeded", such as a text with more words than an index takes.
  if (/^(2[23]|54)/.test(sqlState(error) ?? ""))
    return ["unprocessable-content", "the database refuses this value"];
  return undefined;
}

function fromValidation(error: FastifyError): Problem {
  const found = error.validation ?? [];
  const where = error.validationContext ?? "request";
  if (where === "params") return new Problem("not-found", "there is no such resource", { cause: error });
  const unknown = found.find(({ keyword }) => keyword === "additionalProperties");
  if (unknown && where === "querystring") {
    const known = (error as { knownParameters?: readonly string[] }).knownParameters ?? [];
    const name = String(unknown.params.additionalProperty);
    const list = known.length > 0 ? `known are ${known.join(", ")}` : "there are none here";
    return new Problem("unknown-parameter", `${name.slice(0, 100)} is not known; ${list}`, {
      extensions: { known },
    });
  }
  const place = where === "querystring" ? "query" : where;
  const errors = found.slice(0, MAX_ERRORS).map((each) => ({
    at: `${place}${each.instancePath.slice(0, 200)}`,
    message: explain([each as ErrorObject], `the ${place}`, where === "body").slice(0, 500),
  }));
  return new Problem("invalid-request", errors[0]?.message ?? `the ${place} is not valid`, {
    extensions: { errors },
  });
}

import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import * as Type from "typebox/type";
import { NoQuery } from "../catalog/parameters.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import { PROBLEMS, Problem, type ProblemName, problemType } from "../http/problem.ts";
import { json, plainRead, sendPlain } from "./responses.ts";

const upOrDown = Type.Unsafe<"up" | "down">({ type: "string", enum: ["up", "down"], title: "UpOrDown" });
const Health = Type.Object(
  {
    status: Type.Unsafe<"ok" | "starting" | "draining" | "failing">({
      type: "string",
      enum: ["ok", "starting", "draining", "failing"],
      title: "HealthStatus",
    }),
    service: Type.String(),
    version: Type.String(),
    database: Type.Object(
      { read: upOrDown, search: upOrDown, write: upOrDown, notifications: upOrDown },
      { additionalProperties: false, title: "DatabaseHealth" },
    ),
  },
  { additionalProperties: false, title: "Health" },
);

const ProblemMeaning = Type.Object(
  { type: Type.String(), status: Type.Integer(), title: Type.String() },
  { additionalProperties: false, title: "ProblemMeaning" },
);

/** What is about the service, and not about the catalogue. */
export const service: FastifyPluginAsyncTypebox<{ name: string; version: string }> = async (
  app,
  { name, version },
) => {
  app.get(
    "/health",
    {
      config: { neverShed: true },
      schema: {
        tags: ["service"],
        operationId: "getHealth",
        summary: "Whether the balancer may send requests here",
        description:
          "200 from the first database connection on, 503 from SIGTERM on. A database that is away later does not fail it: all tasks would be replaced at once, and none would be better. 503 as well (`failing`) when this task gets no answers though a new connection would, and replacing its connections has not helped.",
        response: {
          ...plainRead("Ready", Health),
          503: json("Starting, draining or failing", Health, [...PLAIN_HEADERS, "Retry-After"]),
        },
      },
    },
    (request, reply) => {
      const { read, search, write, notifications, broken } = app.database.state;
      const serving = broken ? "failing" : "ok";
      const status = app.isDraining() ? "draining" : app.isReady() ? serving : "starting";
      reply.headers({ "cache-control": "no-store", "x-request-id": request.id });
      if (status !== "ok") reply.code(503).header("retry-after", "2");
      return sendPlain(request, reply, {
        status,
        service: name,
        version,
        database: { read, search, write, notifications },
      });
    },
  );

  app.get(
    "/problems/:problem",
    {
      schema: {
        tags: ["service"],
        operationId: "getProblem",
        summary: "What a problem's `type` means",
        description: "Where the `type` of an error leads to.",
        params: Type.Object({ problem: Type.String({ maxLength: 50 }) }, { additionalProperties: false }),
        querystring: NoQuery,
        response: plainRead("The problem", ProblemMeaning),
      },
    },
    (request, reply) => {
      const { problem } = request.params;
      if (!Object.hasOwn(PROBLEMS, problem)) throw new Problem("not-found", "there is no such problem");
      const [status, title] = PROBLEMS[problem as ProblemName];
      reply.headers({ "cache-control": "public, max-age=86400", "x-request-id": request.id });
      return sendPlain(request, reply, { type: problemType(problem as ProblemName), status, title });
    },
  );
};

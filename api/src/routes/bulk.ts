import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import * as Type from "typebox/type";
import { BulkQuery } from "../catalog/parameters.ts";
import { PLAIN_HEADERS } from "../contract/headers.ts";
import { Problem } from "../http/problem.ts";
import { type BulkOutcome, upsertBatch } from "../writes/bulk.ts";
import { type RawRow, rowsFromJson, rowsFromNdjson, validateRows } from "../writes/rows.ts";
import { BULK_ROWS, BulkResult, BulkRow } from "../writes/schemas.ts";
import { json, security } from "./responses.ts";
import { carryOut, WriteHeaders } from "./writing.ts";

/** 1,000 changed rows take PostgreSQL a second when their pages are in memory, and some when not. CloudFront waits 30 s. */
const BATCH_MS = 20_000;
const NDJSON = "application/x-ndjson";

/** Many variants at once, by SKU. */
export const bulk: FastifyPluginAsyncTypebox = async (app) => {
  app.addHook("onRequest", app.requireKey);
  app.put<{ Querystring: { atomic: boolean; dryRun: boolean }; Body: unknown }>(
    // The router takes a single colon for a parameter.
    "/v1/products::bulk",
    {
      config: {
        costly: true,
        accepts: { "application/json": rowsFromJson, [NDJSON]: rowsFromNdjson },
        requestHeaders: ["Idempotency-Key", "If-Match"],
        problems: ["conflict", "precondition-failed", "unprocessable-content"],
      },
      // Rows are checked one by one (writes/rows.ts): one mistake must not fail the others. The schema is for the reader.
      validatorCompiler: (part) => (part.httpPart === "body" ? () => true : app.validatorCompiler!(part)),
      schema: {
        tags: ["writing"],
        operationId: "upsertVariants",
        summary: "Upsert variants by SKU",
        description: `Up to ${BULK_ROWS} rows. Each row is a merge patch (RFC 7396) of a variant and its product: what it leaves out stays as it is, objects are merged by member, null removes. Of rows that contradict each other the first is taken. One result a row; with atomic=true all rows are written or none. With dryRun=true every check is made and nothing is written. With Idempotency-Key a repeat gets the first answer and writes nothing.`,
        security,
        querystring: BulkQuery,
        headers: WriteHeaders,
        body: {
          content: {
            "application/json": {
              schema: Type.Object(
                { rows: Type.Array(BulkRow, { minItems: 1, maxItems: BULK_ROWS }) },
                { additionalProperties: false, title: "BulkRequest" },
              ),
            },
            [NDJSON]: {
              schema: Type.String({
                minLength: 1,
                pattern: "\\S",
                description: "One BulkRow a line, as JSON",
              }),
            },
          },
        },
        response: {
          200: json("What became of each row", BulkResult, [...PLAIN_HEADERS, "Idempotency-Replayed"]),
        },
      },
    },
    async (request, reply) => {
      const currency = app.listCurrency();
      if (request.headers["if-match"] !== undefined)
        throw new Problem("precondition-failed", "If-Match: a batch has no ETag; leave it out");
      const raw = request.body as RawRow[];
      const rows = await validateRows(raw);
      const { atomic, dryRun } = request.query;
      return carryOut(app, request, reply, {
        request: ["products:bulk", atomic, request.bodyDigest],
        subject: { ids: [] },
        time: app.database.writeTime(BATCH_MS),
        dryRun,
        work: async (tx) => {
          const outcome = await upsertBatch(tx, rows, { currency, scope: request.key.scope });
          if (atomic) refuseFailures(outcome);
          return { status: 200, headers: {}, body: summarise(outcome), tags: outcome.tags };
        },
      });
    },
  );
};

/** Rolls the transaction back. */
function refuseFailures({ results }: BulkOutcome): void {
  const failed = results.filter(({ status }) => status === "failed");
  if (failed.length === 0) return;
  throw new Problem(
    "unprocessable-content",
    `${failed.length} of ${results.length} rows cannot be written; none was`,
    {
      extensions: { results: failed },
    },
  );
}

function summarise({ results }: BulkOutcome): string {
  const count = { created: 0, updated: 0, unchanged: 0, failed: 0 };
  for (const { status } of results) count[status]++;
  return JSON.stringify({ ...count, results });
}

import { LONGEST } from "../../../dev/import/lines.ts";
import { type Case, HEAD, LAMP, table, warned, whole } from "./refusal-case.ts";

const JSON_ROWS: Case[] = [
  table(
    '{"sku":"A-1"}{"sku":"A-2"}',
    1,
    "is not valid JSON (Unexpected",
    "at character 14)",
    "usually a comma",
  ),
  warned(table(`${HEAD}\nA-1,100,lamp,L\ufffdmp,Lux`, 2, "U+FFFD", "export the file anew")),
  warned(table(`${HEAD}\nA-1,100,lamp,Lamp,Lux,`, 2, "6 values for 5 columns", "between quote marks")),
  table('{"sku": oops}', 1, "is not valid JSON", "oops", "usually a comma or a quote mark"),
  table('{"sku": "A-1",\n', 1, "is not valid JSON", "the line was cut off"),
  table('{"sku":"A-1"}\n{"sku":"a","sku":"b"}', 2, "sku is there twice"),
  table('[{"sku":"A-1"}] x', 1, "stands behind the end of the list", "a file is one list"),
  table('[{"sku":"A-1"},\n{"sku":', 2, "the list does not end", "a bracket or a quote mark"),
  table(`[{"sku":"${"x".repeat(LONGEST)}"}]`, 1, "is longer than 4 MiB", "needs less"),
  table('{"sku":7}', 1, "sku is 7", "put it between quotes"),
  table('{"sku":"A-1","weight":1}', 1, '"weight" that is not known', "attributes"),
  table('{"category":{"id":"c","name":"C","parent":"nowhere"}}', 1, "category.parent", "nowhere"),
  table('{"category":{"id":"c"}}', 1, "category lacks category.name"),
  table('{"category":{"id":"c","name":"a\\u0000b"}}', 1, "category.name holds a NUL"),
  table(
    '{"category":{"id":"c","name":"C"}}\n{"category":{"id":"c","name":"C","parent":"c"}}',
    2,
    "c is below c itself",
  ),
  table("17", 1, "unknown column"),
];

const levels = Array.from({ length: 21 }, (_, level) => `,c${level},C,${level === 0 ? "" : `c${level - 1}`}`);
const CATEGORIES: Case[] = [
  table(
    ["sku,category.id,category.name,category.parent", ...levels].join("\n"),
    22,
    "category.parent",
    "there may be 20 levels",
  ),
  {
    ...table("sku,category.id,category.name\n,c,C", 2, "category c: ", "key"),
    options: { dryRun: false, key: "wrong-key-0123456789" },
  },
];

const stopped = (answers: Case["answers"], ...says: string[]): Case => ({
  content: `${HEAD}\n${LAMP}\n`,
  kind: "stopped",
  answers: answers!,
  options: { dryRun: false },
  says,
});
const BULK = "PUT /v1/products:bulk";
const TAKEN = { [BULK]: [200, { results: [{ row: 0, status: "created" }] }] } as const;
const synced = (answers: Record<string, [number, unknown]>, ...says: string[]): Case => ({
  ...whole(`${HEAD}\n${LAMP}\n`, says, { dryRun: false, sync: async () => {} }),
  answers: { [BULK]: [...TAKEN[BULK]], ...answers },
});
const exported = (rows: unknown[]): Record<string, [number, unknown]> => ({
  "GET /v1/export": [200, { rows, next: null }],
});
const CHAIR = { sku: "C-1", product: { slug: "chair" } };
const APIS: Case[] = [
  { ...stopped(undefined, "did not answer", "line 2"), options: { url: "http://127.0.0.1:9" } },
  {
    ...stopped(undefined, "the API at http://127.0.0.1:9 did not answer", "try again"),
    content: "sku,category.id,category.name\n,c,C",
    options: { url: "http://127.0.0.1:9" },
  },
  stopped(
    { [BULK]: [401, { detail: "no such key" }] },
    "refused the key (401: no such key)",
    "--key or API_KEY",
  ),
  stopped(
    { [BULK]: [404, "<html>"] },
    "does not answer as the catalogue API does (404: <html>)",
    "set --url",
  ),
  stopped({ [BULK]: [503, { title: "Away" }] }, "answered 503: Away", "line 2"),
  { ...stopped({ [BULK]: [413, {}] }, "is too large to be sent"), kind: "error", line: 2 },
  {
    ...stopped({ "GET /v1/categories": [500, {}] }, "did not give its categories (500)"),
    content: "sku,category.id,category.name\n,c,C",
  },
  whole(`${HEAD}\nA-1,x,lamp,Lamp,Lux`, ["Nothing was removed", "mend the rows that were refused"], {
    sync: async () => {},
  }),
  synced({ "GET /v1/export": [403, { detail: "no" }] }, "did not give the catalogue (403: no)"),
  synced(
    { ...exported([CHAIR]), "DELETE /v1/products/chair": [403, { detail: "only prices" }] },
    "/v1/products/chair was not removed (403: only prices)",
  ),
  synced(
    { ...exported([CHAIR]), "DELETE /v1/products/chair": [503, {}] },
    "does not answer",
    "run the import again to remove the rest",
  ),
];

export const OF_ROWS: Case[] = [JSON_ROWS, CATEGORIES, APIS].flat();

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { breakingChanges, landedDocument, servedDocument } from "./document.ts";
import { without } from "./tools.ts";

// biome-ignore lint/suspicious/noExplicitAny: the document is changed as plain JSON
type Json = any;

/** A place that a change is made in, by the words that a line about it must have. */
type Place = [words: string[], change: () => void];

const operationsOf = ({ paths }: Json) =>
  Object.entries<Json>(paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({
      where: `${method.toUpperCase()} ${path}`,
      operation,
      remove: () => delete methods[method],
    })),
  );
const answersOf = (document: Json) =>
  operationsOf(document).flatMap(({ where, operation: { responses } }) =>
    Object.entries<Json>(responses).map(([status, answer]) => ({ where, responses, status, answer })),
  );
const successesOf = (document: Json) => answersOf(document).filter(({ status }) => status < "300");
const parametersOf = (document: Json) =>
  operationsOf(document).flatMap(({ where, operation }) =>
    (operation.parameters ?? []).map((parameter: Json) => ({
      words: [where, parameter.in === "header" ? parameter.name.toLowerCase() : parameter.name],
      operation,
      parameter,
    })),
  );

/** The schemas that parts of the document lead to. */
function schemasOf({ components: { schemas } }: Json, parts: Json[]): Json[] {
  const reached = new Set<string>();
  const follow = (part: Json): void => {
    for (const [, name] of JSON.stringify(part ?? null).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      if (reached.has(name!)) continue;
      reached.add(name!);
      follow(schemas[name!]);
    }
  };
  for (const part of parts) follow(part);
  return [...reached].map((name) => schemas[name]);
}
const membersOf = (schemas: Json[]) =>
  schemas.flatMap((schema) =>
    Object.entries<Json>(schema.properties ?? {}).map(([name, member]) => ({ schema, name, member })),
  );
const answered = (document: Json) =>
  membersOf(
    schemasOf(
      document,
      successesOf(document).map(({ answer }) => answer),
    ),
  );
const asked = (document: Json) =>
  membersOf(
    schemasOf(
      document,
      operationsOf(document).map(({ operation }) => operation.requestBody),
    ),
  );

const isValue = ({ type }: Json): boolean => ["string", "integer", "boolean"].includes(type);
const rename = (content: Json, type: string): void => {
  content["application/xml"] = content[type];
  delete content[type];
};
const optional = ({ schema, name }: { schema: Json; name: string }): void => {
  schema.required = schema.required?.filter((each: string) => each !== name);
};
/** Each value gone, and not asked for either. */
const removals = (members: ReturnType<typeof membersOf>): Place[] =>
  members
    .filter(({ member }) => isValue(member))
    .map((each) => [
      [`${each.name}\``],
      () => {
        delete each.schema.properties[each.name];
        optional(each);
      },
    ]);
const LIMITS = ["maximum", "maxLength", "maxItems", "maxProperties"];
const isLimited = (schema: Json): boolean => LIMITS.some((limit) => schema[limit] > 1);
const lower = (schema: Json): void => {
  for (const limit of LIMITS) if (schema[limit] > 1) schema[limit]--;
};

/** What breaks clients, in every place of the document in which it can happen. */
const BREAKING: Record<string, (document: Json) => Place[]> = {
  "an operation is gone": (document) => operationsOf(document).map(({ where, remove }) => [[where], remove]),
  "a status is gone": (document) =>
    answersOf(document).map(({ where, responses, status }) => [
      [where, status],
      () => delete responses[status],
    ]),
  "a header field of an answer is gone": (document) =>
    answersOf(document).flatMap(({ where, status, answer: { headers } }) =>
      Object.keys(headers).map(
        (name): Place => [[where, status, name.toLowerCase()], () => delete headers[name]],
      ),
    ),
  "a header field of answers may be missing": ({ components }) =>
    Object.entries<Json>(components.headers)
      .filter(([, header]) => header.required)
      .map(([name, header]) => [
        [name.toLowerCase()],
        () => {
          header.required = false;
        },
      ]),
  "answers have another media type": (document) =>
    successesOf(document).flatMap(({ where, answer: { content = {} } }) =>
      Object.keys(content).map((type): Place => [[where, type], () => rename(content, type)]),
    ),
  "bodies have another media type": (document) =>
    operationsOf(document).flatMap(({ where, operation: { requestBody } }) =>
      Object.keys(requestBody?.content ?? {}).map(
        (type): Place => [[where, type], () => rename(requestBody.content, type)],
      ),
    ),
  "a key is needed": (document) =>
    operationsOf(document)
      .filter(({ operation }) => operation.security.length === 0)
      .map(({ where, operation }) => [
        [where],
        () => {
          operation.security = [{ bearer: [] }];
        },
      ]),
  "a parameter is gone": (document) =>
    parametersOf(document)
      .filter(({ parameter }) => parameter.in !== "path")
      .map(({ words, operation, parameter }) => [
        words,
        () => {
          operation.parameters = operation.parameters.filter((each: Json) => each !== parameter);
        },
      ]),
  "a parameter is needed": (document) =>
    parametersOf(document)
      .filter(({ parameter }) => !parameter.required)
      .map(({ words, parameter }) => [
        words,
        () => {
          parameter.required = true;
        },
      ]),
  "a parameter is a flag": (document) =>
    parametersOf(document)
      .filter(({ parameter }) => ["string", "integer"].includes(parameter.schema.type))
      .map(({ words, parameter }) => [
        words,
        () => {
          parameter.schema = { type: "boolean" };
        },
      ]),
  "a parameter has less room": (document) =>
    parametersOf(document)
      .filter(({ parameter }) => isLimited(parameter.schema))
      .map(({ words, parameter }) => [words, () => lower(parameter.schema)]),
  "a parameter has another pattern": (document) =>
    parametersOf(document)
      .filter(({ parameter }) => parameter.schema.pattern)
      .map(({ words, parameter }) => [
        words,
        () => {
          parameter.schema.pattern = "^x$";
        },
      ]),
  "a member of an answer is gone": (document) => removals(answered(document)),
  "a member of an answer may be missing": (document) =>
    answered(document)
      .filter(({ schema, name }) => schema.required?.includes(name))
      .map((each) => [[`${each.name}\``], () => optional(each)]),
  "a member of an answer is of another type": (document) =>
    answered(document)
      .filter(({ member }) => isValue(member))
      .map(({ schema, name, member }) => [
        [`${name}\``],
        () => {
          schema.properties[name] = { type: member.type === "string" ? "integer" : "string" };
        },
      ]),
  "a member of a request is gone": (document) => removals(asked(document)),
  "a member of a request is needed": (document) =>
    asked(document)
      .filter(({ schema, name, member }) => !schema.required?.includes(name) && !member.readOnly)
      .map(({ schema, name }) => [
        [`${name}\``],
        () => {
          schema.required = [...(schema.required ?? []), name];
        },
      ]),
  "a member of a request has less room": (document) =>
    asked(document)
      .filter(({ member }) => isLimited(member))
      .map(({ name, member }) => [[name], () => lower(member)]),
  "a member of a request has another pattern": (document) =>
    asked(document)
      .filter(({ member }) => member.pattern)
      .map(({ name, member }) => [
        [name],
        () => {
          member.pattern = "^x$";
        },
      ]),
};

/** What does not: each of them wherever it can happen. */
const GROWTH: Record<string, (document: Json) => void> = {
  "members of answers are new": (document) => {
    for (const schema of new Set(answered(document).map((each) => each.schema)))
      schema.properties.x = { type: "string" };
  },
  "parameters are new": (document) => {
    for (const { operation } of operationsOf(document))
      operation.parameters = [
        ...(operation.parameters ?? []),
        { name: "x", in: "query", schema: { type: "string" } },
      ];
  },
  "problem types are new": ({ components }) => {
    for (const [name, schema] of Object.entries<Json>(components.schemas))
      if (name.endsWith("ProblemType")) schema.enum.push("/problems/x");
  },
  "the version says that operations are gone": ({ info, paths }) => {
    info.version = "9.0.0";
    delete paths["/v1/suggest"];
  },
};

describe("a change of the document", { skip: without("go") }, () => {
  it("does not break clients unless the version says so", async (t) => {
    const [landed, served] = await Promise.all([landedDocument(), servedDocument()]);
    assert.equal(await breakingChanges(landed, served), "");
    // What was added is not defended until it has landed itself.
    if (served !== landed) t.diagnostic("the document has grown: npm run openapi writes api/openapi.json");
  });

  for (const [what, placesIn] of Object.entries(BREAKING)) {
    it(`${what}: refused, wherever it is`, async () => {
      const landed = await landedDocument();
      const changed = JSON.parse(landed);
      const places = placesIn(changed);
      assert.ok(places.length >= 4, `${places.length} places`);
      for (const [, change] of places) change();
      const report = (await breakingChanges(landed, JSON.stringify(changed))).split("\n");
      const missed = places.filter(
        ([words]) => !report.some((line) => words.every((word) => line.includes(word))),
      );
      assert.deepEqual(
        missed.map(([words]) => words.join(" ")),
        [],
      );
    });
  }

  for (const [what, change] of Object.entries(GROWTH)) {
    it(`${what}: let pass`, async () => {
      const landed = await landedDocument();
      const changed = JSON.parse(landed);
      change(changed);
      assert.equal(await breakingChanges(landed, JSON.stringify(changed)), "");
    });
  }
});

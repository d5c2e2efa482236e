import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";

/** Where an OpenAPI document lets texts stand, and texts for each such place. */

// biome-ignore lint/suspicious/noExplicitAny: documents and bodies are walked as plain JSON
export type Json = any;

/** A place of a text in a body: its schema, and the body with another text there. */
export interface Place {
  path: string;
  schema: Json;
  put: (body: Json, text: string) => Json;
}

/** Asks what a document's schemas say. */
export function readSchemas(components: Json) {
  const resolve = (schema: Json): Json =>
    schema.$ref === undefined ? schema : components.schemas[schema.$ref.split("/").at(-1)];
  const accepts = (schema: Json, value: unknown): boolean => validator(schema)(value) as boolean;
  const compiled = new Map<string, ValidateFunction>();
  function validator(schema: Json): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll("#/components", "api#/components");
    const known = compiled.get(text);
    if (known) return known;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: "api", components });
    const made = ajv.compile(JSON.parse(text));
    compiled.set(text, made);
    return made;
  }

  /** Every place where the schema lets a text stand, names of members included; each must be in the body. */
  function* places(given: Json, value: Json, path: string): Generator<Place> {
    const schema = resolve(given);
    assert.notEqual(value, undefined, `no text at ${path}: the test's body lacks it`);
    if (schema.anyOf) {
      for (const [index, item] of [value].flat().entries()) {
        const branch = schema.anyOf.find((each: Json) => accepts(each, item));
        if (branch.type !== "null") yield* places(branch, item, `${path}|${index}`);
      }
      return;
    }
    const types = [schema.type].flat();
    if (types.includes("string") && schema.enum === undefined) yield { path, schema, put: (_, text) => text };
    const inside = function* (child: Json, name: string | number): Generator<Place> {
      for (const place of places(child, value[name], `${path}/${name}`))
        yield {
          ...place,
          put: (body, text) =>
            Array.isArray(body)
              ? body.with(name as number, place.put(body[name as number], text))
              : { ...body, [name]: place.put(body[name], text) },
        };
    };
    for (const [name, child] of Object.entries<Json>(schema.properties ?? {}))
      if (!child.readOnly) yield* inside(child, name);
    if (types.includes("array")) for (const index of value.keys()) yield* inside(schema.items, index);
    if (typeof schema.additionalProperties === "object") {
      const [name] = Object.keys(value) as [string];
      yield* inside(schema.additionalProperties, name);
      yield {
        path: `${path}/{name}`,
        schema: resolve(schema.propertyNames),
        put: (body, text) => Object.fromEntries([[text, Object.values(body)[0]]]),
      };
    }
  }

  return { resolve, accepts, places };
}

/** What is odd about a character: unseen, trimmed, removed, composed, of a pair, in the syntax of a place. */
export const ODD = [
  ..." \u00a0\u00ad\u034f\u180e\u200b\u200d\u200e\u2028\u2060\u2800\u3000\u3164\ufe0f\ufeff",
]
  .concat([..."\u0301\u0338\u212a\u037e\u1fef\u0958\u1161\u00e9\u0130😀𐐨ﷺ"])
  .concat("\0", "\n", "\t", "\u001b", "\u007f", "\u0085", "\ud800", "\udc00")
  .concat([..."aA1-_.~:;<>/\\\"'`{}@#?%&=+"])
  .concat("__proto__", "constructor", "https://", " > ");

/** Texts for a place: made of oddities, of what its pattern allows, and as long as it may be and longer. */
export function texts({ pattern = "^[^]*$", maxLength = 100 }: Json): fc.Arbitrary<string> {
  const odd = fc.string({ unit: fc.constantFrom(...ODD), maxLength: 6 });
  const long = fc
    .tuple(fc.constantFrom("a", "1", "é", "𐐨", " "), fc.integer({ min: -1, max: 1 }), odd)
    .map(([unit, more, end]) => unit.repeat(Math.max(0, maxLength + more - end.length)) + end);
  const fitting = fc.stringMatching(new RegExp(pattern, "u"), { maxLength: 40 });
  const framed = fc.tuple(odd, fitting, odd).map((parts) => parts.join(""));
  return fc.oneof(odd, long, fitting, framed);
}

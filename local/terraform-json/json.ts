/** JSON documents as Terraform writes and reads them, and the ways through them. */
import { readFileSync } from "node:fs";
import { UserError } from "../../cli/user-error.ts";

/** What a JSON document can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A document that is not what it should be, said in one line. */
export class UnreadableDocument extends UserError {
  override readonly name = "UnreadableDocument";
}

/** Where a value stands and what it is; `path` reads `rule.0.expiration.days`. */
export interface Leaf {
  readonly path: string;
  /** The last argument name of the path: list indices are left out. */
  readonly argument: string;
  readonly value: null | boolean | number | string;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a JSON file. @throws UnreadableDocument naming the file, and a key that stands in it twice */
export function readJson(file: string): JsonObject {
  let parsed: Json;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UnreadableDocument(`${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const twice = repeatedKey(text);
  if (twice !== undefined)
    throw new UnreadableDocument(
      `${file} has '${twice}' twice in one object: Terraform reads both, others the last. Keep one.`,
    );
  if (!isObject(parsed)) throw new UnreadableDocument(`${file} is not a JSON object.`);
  return parsed;
}

/**
 * A key that an object in a JSON text has twice. Terraform takes both for blocks, `JSON.parse` the last: what is judged
 * would not be what is deployed.
 *
 * @param text valid JSON
 */
export function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  for (const [mark, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (mark === "{") objects.push(new Set());
    else if (mark === "}") objects.pop();
    else if (colon !== undefined) {
      const key = JSON.parse(string!) as string;
      if (objects.at(-1)!.has(key)) return key;
      objects.at(-1)!.add(key);
    }
  }
  return undefined;
}

/** A JSON text inside of a document (a policy, container definitions), or undefined. */
export function embeddedJson(value: Json | undefined): Json | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** Every scalar in `value`, in JSON texts inside of it too. */
export function* leaves(value: Json, path = "", argument = ""): Generator<Leaf> {
  const inner = embeddedJson(value) ?? value;
  if (Array.isArray(inner)) {
    for (const [index, each] of inner.entries())
      yield* leaves(each, path ? `${path}.${index}` : `${index}`, argument);
  } else if (isObject(inner)) {
    for (const [key, each] of Object.entries(inner)) {
      if (key !== "//") yield* leaves(each, path ? `${path}.${key}` : key, key);
    }
  } else {
    yield { path, argument, value: inner as Leaf["value"] };
  }
}

/** The values at a dotted path. A list anywhere on the way stands for each of its items, as nested blocks do. */
export function valuesAt(value: Json | undefined, path: string): Json[] {
  let current: Json[] = value === undefined ? [] : [value];
  for (const key of path.split(".")) {
    current = current.flatMap((each) =>
      (Array.isArray(each) ? each : [each]).flatMap((item: Json) =>
        isObject(item) && item[key] !== undefined ? [item[key]] : [],
      ),
    );
  }
  return current.flatMap((each) => (Array.isArray(each) ? each : [each]));
}

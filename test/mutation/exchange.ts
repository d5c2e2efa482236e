import { isDeepStrictEqual } from "node:util";
import { embeddedJson, isObject, type Json, type JsonObject } from "../../local/terraform-json/index.ts";
import { brief, type Place, withChange } from "./change.ts";
import type { Mutant } from "./mutants.ts";

/**
 * Every mutant in which a block and the next one of its type have each other's value of an argument: both values are valid there, and
 * neither is meant. Two that differ in nothing else would but have changed names.
 */
export function* exchangesIn(root: JsonObject): Generator<Mutant> {
  for (const mode of ["resource", "data", "ephemeral"]) {
    for (const [type, named] of Object.entries(root[mode] as Record<string, Record<string, JsonObject>>)) {
      const blocks = Object.entries(named).map(([name, body]) => [name, meant(body)] as const);
      for (const [index, [name, mine]] of blocks.entries()) {
        const [other, theirs] = blocks[(index + 1) % blocks.length]!;
        if (other === name || (blocks.length === 2 && index === 1)) continue; // alone, or the same pair again
        const values = new Map([...scalars(theirs)].map(([place, value]) => [JSON.stringify(place), value]));
        for (const [place, own] of scalars(mine)) {
          const their = values.get(JSON.stringify(place));
          if (their === undefined || their === own) continue;
          if (isDeepStrictEqual(withChange(mine, place, { now: their }), theirs)) continue;
          yield {
            address: `${mode === "resource" ? "" : `${mode}.`}${type}.${name}`,
            path: place.filter((key) => typeof key === "string").join("."),
            kind: "exchange",
            change: `${brief(own)} ↔ ${brief(their)} of ${other}`,
            apply: () => {
              const one = withChange(root, [mode, type, name, ...place], { now: their });
              return withChange(one!, [mode, type, other, ...place], { now: own }) as JsonObject;
            },
          };
        }
      }
    }
  }
}

/** What a block says, without its comment and what it waits for. */
const meant = ({ "//": _, depends_on: _waits, ...body }: JsonObject): JsonObject => body;

/** Every value that is neither list nor object, and where it stands; in JSON texts too. */
function* scalars(value: Json, place: Place = []): Generator<readonly [Place, Json]> {
  const inner = embeddedJson(value);
  if (inner !== undefined) yield* scalars(inner, [...place, null]);
  else if (Array.isArray(value))
    for (const [key, each] of value.entries()) yield* scalars(each, [...place, key]);
  else if (isObject(value)) {
    for (const [key, each] of Object.entries(value)) yield* scalars(each, [...place, key]);
  } else yield [place, value];
}

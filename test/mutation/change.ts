import type { Json, JsonObject } from "../../local/terraform-json/index.ts";

export type Key = string | number;
/** The place of a value: keys from the root; a `null` steps into a JSON text. */
export type Place = readonly (Key | null)[];

/** A value for a report. */
export const brief = (value: Json | undefined) => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/** A copy of `value` with one place of it changed; what is not on the way there is shared with the original. */
export function withChange(value: Json, place: Place, change: { readonly now?: Json }): Json | undefined {
  const [key, ...rest] = place;
  if (key === undefined) return change.now;
  if (key === null) return JSON.stringify(withChange(JSON.parse(value as string), rest, change));
  const inner = withChange((value as Record<Key, Json>)[key] ?? null, rest, change);
  if (Array.isArray(value)) {
    return inner === undefined ? value.toSpliced(key as number, 1) : value.with(key as number, inner);
  }
  const { [key]: _, ...others } = value as Record<Key, Json>;
  // In its old place, so that the order of keys says nothing.
  return inner === undefined ? others : { ...(value as JsonObject), [key]: inner };
}

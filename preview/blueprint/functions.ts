/** Terraform's functions that CDK Terrain's tokens and this kind of stack use, by their names in the language. */
import type { Value } from "./expression.ts";

type List = Value[];
interface Objects {
  [key: string]: Value;
}

// biome-ignore lint/suspicious/noExplicitAny: each function names the types of its own parameters.
export const functions: { [name: string]: (...values: any[]) => Value } = {
  coalesce: (...values: List) => values.find((value) => value !== null && value !== "") ?? null,
  concat: (...lists: List[]) => lists.flat(),
  distinct: (list: List) => [...new Set(list)] as List,
  element: (list: List, index: number) => list[index % list.length]!,
  flatten: (list: List): List =>
    list.flatMap((item) => (Array.isArray(item) ? (functions.flatten!(item) as List) : [item])),
  format: (pattern: string, ...values: List) => {
    let next = 0;
    return pattern.replace(/%(%|[sdvq])/g, (_, verb) => {
      if (verb === "%") return "%";
      const value = values[next++];
      return verb === "q" ? JSON.stringify(value) : String(value);
    });
  },
  jsondecode: (text: string) => JSON.parse(text),
  jsonencode: (value: Value) => JSON.stringify(value),
  keys: (object: Objects) => Object.keys(object).sort(),
  length: (value: List | string | Objects) =>
    Array.isArray(value) || typeof value === "string" ? value.length : Object.keys(value).length,
  lookup: (object: Objects, key: string, otherwise?: Value) => object[key] ?? otherwise ?? null,
  lower: (text: string) => text.toLowerCase(),
  merge: (...objects: Objects[]) => Object.assign({}, ...objects),
  nonsensitive: (value: Value) => value,
  join: (separator: string, ...lists: List[]) => lists.flat().join(separator),
  replace: (text: string, from: string, to: string) =>
    /^\/.*\/$/.test(from)
      ? text.replace(new RegExp(from.slice(1, -1), "g"), to)
      : text.replaceAll(from, () => to),
  sensitive: (value: Value) => value,
  slice: (list: List, from: number, to: number) => list.slice(from, to),
  sort: (list: List) => [...list].sort(),
  split: (separator: string, text: string) => text.split(separator),
  substr: (text: string, offset: number, length: number) =>
    length < 0 ? text.slice(offset) : text.slice(offset, offset + length),
  tolist: (list: List) => list,
  tonumber: (value: Value) => Number(value),
  toset: (list: List) => [...new Set(list)].sort(),
  tostring: (value: Value) => String(value),
  trimprefix: (text: string, prefix: string) => (text.startsWith(prefix) ? text.slice(prefix.length) : text),
  trimspace: (text: string) => text.trim(),
  trimsuffix: (text: string, suffix: string) =>
    suffix && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  upper: (text: string) => text.toUpperCase(),
  values: (object: Objects) =>
    Object.keys(object)
      .sort()
      .map((key) => object[key]!),
};

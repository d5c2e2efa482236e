import { isDeepStrictEqual } from "node:util";
import {
  embeddedJson,
  isObject,
  type Json,
  type JsonObject,
  references,
} from "../../local/terraform-json/index.ts";
import { additionsTo } from "./additions.ts";
import { brief, type Key, type Place, withChange } from "./change.ts";
import { exchangesIn } from "./exchange.ts";
import { grantsOver } from "./grants.ts";
import { insideOf } from "./inside.ts";

/**
 * What was done: a value removed, emptied, flipped, widened, or made another of its type; a part of a text changed that is
 * computed, matched or asked; a block twice; two blocks' values exchanged; a secret's value, or what the disk holds, put into a
 * text; an argument of the provider's set that was not; something more; somebody given more rights.
 */
export const KINDS = [
  "remove",
  "empty",
  "flip",
  "widen",
  "other",
  "inside",
  "reorder",
  "duplicate",
  "exchange",
  "leak",
  "argument",
  "add",
  "grant",
] as const;
export type Kind = (typeof KINDS)[number];

/** One change to one place of a configuration. */
export interface Mutant {
  /** The block that is changed: `aws_lb.Api_Alb`, `data.aws_partition.Partition`, `provider`, `output.alb-dns-name`. */
  readonly address: string;
  /** Where in it, without list positions: `ingress.from_port`. Empty for the block as a whole. */
  readonly path: string;
  readonly kind: Kind;
  /** `30 → 31`, for a report. */
  readonly change: string;
  /** A copy of the configuration with the change. */
  apply(): JsonObject;
}

interface Change {
  readonly kind: Kind;
  /** Absent: the value is removed. */
  readonly now?: Json;
}

/** Every mutant of a configuration, in the order of its JSON, then what has something more. */
export function* mutantsOf(root: JsonObject): Generator<Mutant> {
  yield* changesTo(root);
  yield* exchangesIn(root);
  yield* additionsTo(root);
  yield* grantsOver(root);
}

function* changesTo(root: JsonObject): Generator<Mutant> {
  for (const mode of ["resource", "data", "ephemeral"] as const) {
    for (const [type, named] of Object.entries((root[mode] ?? {}) as Record<string, JsonObject>)) {
      for (const [name, body] of Object.entries(named)) {
        const address = `${mode === "resource" ? "" : `${mode}.`}${type}.${name}`;
        const place = [mode, type, name];
        yield mutant(root, address, place, place.length, body, { kind: "remove" });
        const twin = { kind: "duplicate", now: body } as const;
        yield mutant(root, address, [mode, type, `${name}_Twin`], place.length, body, twin);
        yield* within(root, address, place, place.length, body);
      }
    }
  }
  for (const section of ["provider", "terraform", "output"]) {
    yield* within(root, section, [section], 1, root[section] ?? {});
  }
}

/** The mutants of what stands in `value`, not of `value` itself. */
function* within(
  root: JsonObject,
  address: string,
  place: Place,
  from: number,
  value: Json,
): Generator<Mutant> {
  const inner = embeddedJson(value);
  if (inner !== undefined) {
    yield* within(root, address, [...place, null], from, inner);
    return;
  }
  const entries: [Key, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : isObject(value)
      ? Object.entries(value).filter(([key]) => key !== "//")
      : [];
  for (const [key, child] of entries) {
    for (const change of changesOf(root, child)) {
      if (change.now !== undefined && isDeepStrictEqual(change.now, child)) continue; // as wide, or as empty, already
      yield mutant(root, address, [...place, key], from, child, change);
    }
    for (const now of insideOf(key, child))
      yield mutant(root, address, [...place, key], from, child, { kind: "inside", now });
    yield* within(root, address, [...place, key], from, child);
  }
}

/** What the type of a value lets one do to it. */
function* changesOf(root: JsonObject, value: Json): Generator<Change> {
  yield { kind: "remove" };
  if (typeof value === "boolean") yield { kind: "flip", now: !value };
  if (typeof value === "number") yield* numbers(value);
  if (typeof value === "string") yield* strings(root, value);
  if (Array.isArray(value)) {
    if (value.length > 0) yield { kind: "empty", now: [] };
    if (value.every((each) => typeof each === "string")) yield { kind: "widen", now: [...value, "*"] };
    else yield { kind: "widen", now: [...value, value.at(-1)!] };
    if (value.length > 1) yield { kind: "reorder", now: value.toReversed() };
  }
  if (isObject(value) && Object.keys(value).length > 0) yield { kind: "empty", now: {} };
}

function* numbers(value: number): Generator<Change> {
  if (value !== 0) yield { kind: "empty", now: 0 };
  yield { kind: "widen", now: (value || 1) * 1000 };
  yield { kind: "other", now: value + 1 };
  if (value > 1) yield { kind: "other", now: value - 1 };
}

function* strings(root: JsonObject, value: string): Generator<Change> {
  if (value !== "") yield { kind: "empty", now: "" };
  if (embeddedJson(value) !== undefined) return;
  const half = Math.floor(value.length / 2);
  for (const secret of secretValues(root)) {
    yield { kind: "leak", now: secret };
    yield { kind: "leak", now: `${value.slice(0, half)}${secret}${value.slice(half)}` };
  }
  yield { kind: "leak", now: `${value}\${file("/proc/self/environ")}` };
  yield { kind: "widen", now: "*" };
  if (/^\d+$/.test(value))
    for (const { kind, now } of numbers(Number(value))) yield { kind, now: String(now) };
  if (/^\d+(\.\d+){3}\/\d+$/.test(value)) yield { kind: "widen", now: "0.0.0.0/0" };
  const [first] = references(value);
  if (!first) {
    yield { kind: "other", now: value.endsWith("}") ? `x${value}` : `${value}x` };
    return;
  }
  yield { kind: "other", now: "literal" };
  yield {
    kind: "other",
    now: value.replace(`.${first.attribute}`, first.attribute === "arn" ? ".id" : ".arn"),
  };
  for (const sibling of siblings(root, first.address)) {
    yield { kind: "other", now: value.replaceAll(`${first.address}.`, `${sibling}.`) };
  }
}

/** What reads one secret, and what makes another: neither may be seen anywhere. */
function* secretValues(root: JsonObject): Generator<string> {
  for (const [mode, type, attribute] of [
    ["data", "aws_secretsmanager_secret_version", "secret_string"],
    ["ephemeral", "aws_secretsmanager_random_password", "random_password"],
  ] as const) {
    const section = root[mode] as Readonly<Record<string, JsonObject>> | undefined;
    const [name] = Object.keys(section?.[type] ?? {});
    if (name !== undefined) yield `\${${mode}.${type}.${name}.${attribute}}`;
  }
}

/** The other blocks of the type of an address. */
function siblings(root: JsonObject, address: string): string[] {
  const parts = address.split(".");
  const [name, type, mode] = [parts.pop()!, parts.pop()!, parts.pop()];
  const section = root[mode ?? "resource"] as Readonly<Record<string, JsonObject>> | undefined;
  const prefix = mode ? `${mode}.` : "";
  return Object.keys(section?.[type] ?? {})
    .filter((each) => each !== name)
    .map((each) => `${prefix}${type}.${each}`);
}

function mutant(
  root: JsonObject,
  address: string,
  place: Place,
  from: number,
  was: Json,
  change: Change,
): Mutant {
  return {
    address,
    path: place
      .slice(from)
      .filter((key) => typeof key === "string")
      .join("."),
    kind: change.kind,
    change: `${brief(was)} → ${brief(change.now)}`,
    apply: () => withChange(root, place, change) as JsonObject,
  };
}

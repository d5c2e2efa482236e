import { UserError } from "../aws/core/index.ts";
import { isCron, momentOf } from "./schedule.ts";

/** One environment variable: what it may be, and what it is when it is not set. An empty value counts as not set. */
export interface Setting<T> {
  readonly variable: string;
  /** For docs/SETTINGS.md; empty when there is none. */
  readonly defaultText: string;
  /** For docs/SETTINGS.md and for error messages. */
  readonly range: string;
  readonly description: string;
  /** @throws UserError with the variable's name and what to change */
  parse(value: string | undefined): T;
}

/** Settings by the names that the stack knows them by. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** What every kind of setting is told. */
interface Spec {
  readonly variable: string;
  readonly description: string;
}

interface Parser<T> extends Spec {
  readonly fallback: T;
  readonly defaultText: string;
  readonly range: string;
  /** `undefined` for a value that cannot be. */
  readonly read: (value: string) => T | undefined;
}

function setting<T>({ read, fallback, ...spec }: Parser<T>): Setting<T> {
  return {
    ...spec,
    parse(value) {
      if (!value) return fallback;
      const parsed = read(value);
      if (parsed === undefined)
        throw new UserError(`${spec.variable} '${shown(value)}' is not possible: use ${spec.range}.`);
      return parsed;
    },
  };
}

/** A value as a message quotes it: on one line, without what a terminal would take for a command, and not all of a long one. */
function shown(value: string): string {
  const [start, more] = value.length > 100 ? [value.slice(0, 100), "…"] : [value, ""];
  const coded = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`;
  return start.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, coded) + more;
}

export interface TextSpec extends Spec {
  readonly fallback: string;
  readonly range: string;
  /** @default - anything */
  readonly pattern?: RegExp;
  /** Throws a UserError for a value that the pattern lets pass and AWS would not take. */
  readonly check?: (value: string) => void;
}

export function text({ pattern = /./, check, ...spec }: TextSpec): Setting<string> {
  const read = (value: string) => (pattern.test(value) ? checked(spec.variable, value, check) : undefined);
  return setting({ ...spec, defaultText: spec.fallback, read });
}

/** What another part says of the value, under the name that the user knows it by. */
function checked(variable: string, value: string, check?: (value: string) => void): string {
  try {
    check?.(value);
    return value;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${variable}: ${error.message.replaceAll(value, () => shown(value))}`);
  }
}

export interface OptionalSpec extends Spec {
  readonly range: string;
  readonly pattern: RegExp;
  /** As a text's. */
  readonly check?: (value: string) => void;
}

export function optional({ pattern, check, ...spec }: OptionalSpec): Setting<string | undefined> {
  const read = (value: string) => (pattern.test(value) ? checked(spec.variable, value, check) : undefined);
  return setting<string | undefined>({ ...spec, fallback: undefined, defaultText: "", read });
}

export interface IntegerSpec extends Spec {
  readonly fallback: number;
  /** Lowest and highest. */
  readonly range: readonly [min: number, max: number];
}

export function integer({ range: [min, max], ...spec }: IntegerSpec): Setting<number> {
  const read = (value: string) => {
    const number = /^(?:0|[1-9]\d{0,9})$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
  return setting({ ...spec, defaultText: String(spec.fallback), range: `${min} to ${grouped(max)}`, read });
}

/** A number with at most two digits after the point. */
export function decimal({ range: [min, max], ...spec }: IntegerSpec): Setting<number> {
  const read = (value: string) => {
    const number = /^(?:0|[1-9]\d{0,9})(?:\.\d{1,2})?$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
  return setting({ ...spec, defaultText: String(spec.fallback), range: `${min} to ${max}`, read });
}

/** `2000000` → `2,000,000`. Not by `toLocaleString`: it loads ICU's tables, 12 ms of every start. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export interface OneOfSpec<T extends string> extends Spec {
  readonly fallback: NoInfer<T>;
  readonly values: readonly T[];
}

export function oneOf<const T extends string>({ values, ...spec }: OneOfSpec<T>): Setting<T> {
  const read = (value: string) => values.find((each) => each === value);
  return setting<T>({ ...spec, defaultText: spec.fallback, range: values.join(", "), read });
}

/** Off unless it is `true`. */
export function flag(spec: Spec): Setting<boolean> {
  const read = (value: string) => (value === "true" ? true : value === "false" ? false : undefined);
  return setting<boolean>({ ...spec, fallback: false, defaultText: "false", range: "true, false", read });
}

export interface ZonesSpec extends Spec {
  readonly region: string;
  readonly fallback: readonly [string, string];
}

/** Two different zones of a region: no region has letters past f, and which of them it has, the preflight asks AWS. */
export function zones({ region, ...spec }: ZonesSpec): Setting<readonly string[]> {
  const read = (value: string) => {
    const names = value.split(",").map((name) => name.trim());
    const known = names.every((name) => name.startsWith(region) && /^[a-f]$/.test(name.slice(region.length)));
    return known && names.length === 2 && names[0] !== names[1] ? names : undefined;
  };
  const range = `two different zones of ${region}, separated by a comma`;
  return setting<readonly string[]>({ ...spec, defaultText: spec.fallback.join(","), range, read });
}

export interface ScheduledMinimum {
  readonly schedule: string;
  readonly minCapacity: number;
}

/** `cron(minute hour day month weekday year)=minimum`, several separated by semicolons. */
export function schedules(spec: Spec): Setting<readonly ScheduledMinimum[]> {
  const range =
    "cron(six fields)=minimum or at(yyyy-mm-ddThh:mm:ss)=minimum, separated by semicolons; minimum 2 or more";
  const read = (value: string) => {
    const parts = value.split(";").map((part) => /^(\S+\(.+\))=([1-9]\d?)$/.exec(part.trim()));
    const found = parts.map((part) => ({ schedule: part?.[1] ?? "", minCapacity: Number(part?.[2]) }));
    const possible = ({ schedule, minCapacity }: ScheduledMinimum) =>
      minCapacity >= 2 && (isCron(schedule) || momentOf(schedule) !== undefined);
    return found.every(possible) ? found : undefined;
  };
  return setting<readonly ScheduledMinimum[]>({ ...spec, fallback: [], defaultText: "", range, read });
}

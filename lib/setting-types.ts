import { UserError } from "./aws/core/index.ts";

/** One environment variable: what it may be, and what it is when it is not set. An empty value counts as not set. */
export interface Setting<T> {
  readonly variable: string;
  /** For the README; empty when there is none. */
  readonly defaultText: string;
  /** For the README and for error messages. */
  readonly range: string;
  readonly description: string;
  /** @throws UserError with the variable's name and what to change */
  parse(value: string | undefined): T;
}

function setting<T>(
  variable: string,
  fallback: T,
  defaultText: string,
  range: string,
  description: string,
  parse: (value: string) => T | undefined,
  reason?: string,
): Setting<T> {
  return {
    variable,
    defaultText,
    range,
    description,
    parse(value) {
      if (!value) return fallback;
      const parsed = parse(value);
      if (parsed === undefined) {
        throw new UserError(
          `${variable} '${value}' is not possible: ${reason ? `${reason}. ` : ""}Use ${range}.`,
        );
      }
      return parsed;
    },
  };
}

export function text(
  variable: string,
  fallback: string,
  range: string,
  description: string,
  pattern = /./,
): Setting<string> {
  return setting(variable, fallback, fallback, range, description, (value) =>
    pattern.test(value) ? value : undefined,
  );
}

export function optional(
  variable: string,
  pattern: RegExp,
  range: string,
  description: string,
): Setting<string | undefined> {
  return setting<string | undefined>(variable, undefined, "", range, description, (value) =>
    pattern.test(value) ? value : undefined,
  );
}

/** `2000000` → `2,000,000`. Not by `toLocaleString`: it loads ICU's tables, 12 ms of every start. */
function grouped(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export function integer(
  variable: string,
  fallback: number,
  [min, max]: readonly [number, number],
  description: string,
  reason?: string,
): Setting<number> {
  const range = min === max ? `${min}` : `${min} to ${grouped(max)}`;
  const parse = (value: string) => {
    const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  };
  return setting(variable, fallback, String(fallback), range, description, parse, reason);
}

export function oneOf<const T extends string>(
  variable: string,
  fallback: T,
  values: readonly T[],
  description: string,
): Setting<T> {
  return setting<T>(variable, fallback, fallback, values.join(", "), description, (value) =>
    values.find((each) => each === value),
  );
}

export function flag(variable: string, description: string): Setting<boolean> {
  const parse = (value: string) => (value === "true" ? true : value === "false" ? false : undefined);
  return setting<boolean>(variable, false, "false", "true, false", description, parse);
}

export interface ScheduledMinimum {
  readonly schedule: string;
  readonly minCapacity: number;
}

/** `cron(minute hour day month weekday year)=minimum`, several parted by semicolons. */
export function schedules(variable: string, description: string): Setting<readonly ScheduledMinimum[]> {
  const range =
    "cron(six fields)=minimum or at(yyyy-mm-ddThh:mm:ss)=minimum, parted by semicolons; minimum 2 or more";
  return setting<readonly ScheduledMinimum[]>(variable, [], "", range, description, (value) => {
    const parts = value.split(";").map((part) => part.trim());
    const matches = parts.map((part) =>
      /^((?:cron\(\S+(?: \S+){5}\)|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)))=(\d{1,2})$/.exec(part),
    );
    if (!matches.every((match) => match !== null && Number(match[2]) >= 2)) return undefined;
    return matches.map((match) => ({ schedule: match![1]!, minCapacity: Number(match![2]) }));
  });
}

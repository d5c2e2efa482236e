/** Whether Application Auto Scaling would take an expression; what it refuses, it refuses in the middle of an apply. */

interface Field {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
  /** Words of this field alone: `?`, `L`, `15W`, `2#1`. */
  readonly words?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** @see https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html */
const FIELDS = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  day: { min: 1, max: 31, words: /^(\?|L|([1-9]|[12]\d|3[01])W)$/ },
  month: { min: 1, max: 12, names: MONTHS },
  weekday: { min: 1, max: 7, names: WEEKDAYS, words: /^(\?|L|[1-7]L|[1-7]#[1-5])$/ },
  year: { min: 1970, max: 2199 },
} as const satisfies Record<string, Field>;
type Name = keyof typeof FIELDS;
const NAMES = Object.keys(FIELDS) as Name[];

/** What stands in each field of a `cron(…)`, at its commas; undefined unless it has six. */
function partsOf(expression: string): Record<Name, string[]> | undefined {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(" ") ?? [];
  if (fields.length !== NAMES.length) return undefined;
  const parts = NAMES.map((name, index) => [name, fields[index]!.split(",")] as const);
  return Object.fromEntries(parts) as Record<Name, string[]>;
}

/** `cron(minute hour day month weekday year)`; day or weekday is `?`, and only one of them. */
export function isCron(expression: string): boolean {
  const parts = partsOf(expression);
  if (!parts || (parts.day.join() === "?") === (parts.weekday.join() === "?")) return false;
  return NAMES.every((name) => parts[name].every((part) => isWord(name, part) || numbersOf(name, part)));
}

/** The last year in which a `cron(…)` fires. */
export function lastYearOf(expression: string): number {
  return Math.max(...numbers(partsOf(expression)!, "year"));
}

/** Whether the day of a schedule is in no month and year of it, as 31 November: it would never fire. */
export function namesNoDay(expression: string): boolean {
  const parts = partsOf(expression);
  if (!parts || parts.day.some((part) => /^[?L]$/.test(part))) return false;
  const days = parts.day.flatMap((part) => numbersOf("day", part.replace("W", "")) ?? []);
  const [months, years] = [numbers(parts, "month"), numbers(parts, "year")];
  const isThere = (day: number) =>
    months.some((month) => years.some((year) => day <= new Date(Date.UTC(year, month, 0)).getUTCDate()));
  return !days.some(isThere);
}

const isWord = (name: Name, part: string) => (FIELDS[name] as Field).words?.test(part) ?? false;

const numbers = (parts: Record<Name, string[]>, name: Name) =>
  parts[name].flatMap((part) => numbersOf(name, part) ?? []);

/** The numbers that `7`, `NOV`, `1-5`, `*` or `0/15` stand for; undefined when it is none of these. */
function numbersOf(name: Name, part: string): number[] | undefined {
  const { min, max, names }: Field = FIELDS[name];
  const [, range = "", step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  const ends = range === "*" ? [min, max] : range.split("-").map((text) => numberOf(text, min, names));
  const [first = Number.NaN, last = step === undefined ? first : max, ...rest] = ends;
  const stride = Number(step ?? 1);
  const possible =
    rest.length === 0 && min <= first && first <= last && last <= max && stride >= 1 && stride <= max;
  if (!possible) return undefined;
  return Array.from(
    { length: Math.floor((last - first) / stride) + 1 },
    (_, index) => first + index * stride,
  );
}

function numberOf(text: string, min: number, names: readonly string[] = []): number {
  const index = names.indexOf(text.toUpperCase());
  if (index >= 0) return index + min;
  return /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
}

/** The moment of `at(yyyy-mm-ddThh:mm:ss)`, in UTC; undefined when there is none. */
export function momentOf(expression: string): Date | undefined {
  const text = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  const moment = text === undefined ? undefined : new Date(`${text}Z`);
  // 30 February would be taken for 2 March.
  return moment?.toJSON()?.startsWith(text!) ? moment : undefined;
}

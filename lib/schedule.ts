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
const FIELDS: readonly Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31, words: /^(\?|L|([1-9]|[12]\d|3[01])W)$/ },
  { min: 1, max: 12, names: MONTHS },
  { min: 1, max: 7, names: WEEKDAYS, words: /^(\?|L|[1-7]L|[1-7]#[1-5])$/ },
  { min: 1970, max: 2199 },
];

/** `cron(minute hour day month weekday year)`; day or weekday is `?`, and only one of them. */
export function isCron(expression: string): boolean {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(" ") ?? [];
  if (fields.length !== FIELDS.length) return false;
  if ((fields[2] === "?") === (fields[4] === "?")) return false;
  return fields.every((text, index) => text.split(",").every((part) => fits(part, FIELDS[index]!)));
}

/** The last year in which a `cron(…)` fires. */
export function lastYearOf(expression: string): number {
  const years = /(\S+)\)$/.exec(expression)?.[1] ?? "*";
  const last = years.split(",").map((part) => {
    const [range = "", step] = part.split("/");
    const end = range.split("-").at(-1)!;
    return end === "*" || (step !== undefined && end === range) ? FIELDS.at(-1)!.max : Number(end);
  });
  return Math.max(...last);
}

function fits(part: string, { min, max, names, words }: Field): boolean {
  if (part === "*" || words?.test(part)) return true;
  const [range = "", step, ...rest] = part.split("/");
  if (
    rest.length > 0 ||
    (step !== undefined && !(/^\d+$/.test(step) && Number(step) >= 1 && Number(step) <= max))
  )
    return false;
  if (range === "*") return step !== undefined;
  const ends = range.split("-").map((text) => {
    const name = names?.indexOf(text.toUpperCase()) ?? -1;
    return name >= 0 ? name + min : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  });
  return ends.length <= 2 && ends.every((end) => end >= min && end <= max) && ends[0]! <= ends.at(-1)!;
}

/** The moment of `at(yyyy-mm-ddThh:mm:ss)`, in UTC; undefined when there is none. */
export function momentOf(expression: string): Date | undefined {
  const text = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)?.[1];
  const moment = text === undefined ? undefined : new Date(`${text}Z`);
  // 30 February would be taken for 2 March.
  return moment?.toJSON()?.startsWith(text!) ? moment : undefined;
}

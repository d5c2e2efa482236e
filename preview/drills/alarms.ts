/** Which alarms a drill makes ring, and which it must not. */
import type { Preview } from "../contract/index.ts";
import type { Check } from "./report/result.ts";

/** By key: `api-errors` is the alarm `alarm-api-errors-<suffix>`. What is named in neither list must stay silent. */
export interface AlarmExpectation {
  readonly rings: readonly string[];
  /** What rings as well when the drill is not shortened, as tests have it, and so lasts for minutes of the stack's clock. @default nothing */
  readonly inFull?: readonly string[];
  /** What rings or not, by how fast this machine is. @default nothing */
  readonly may?: readonly string[];
}

/** The keys of the alarms, by their names: what is left without the environment's suffix, which all end with. */
export function keysOf(names: readonly string[]): ReadonlyMap<string, string> {
  const [first = "", ...others] = names.map((name) => name.split("-"));
  let shared = 0;
  while (
    shared < first.length - 2 &&
    others.every((words) => words.at(-1 - shared) === first.at(-1 - shared))
  )
    shared++;
  return new Map(
    names.map((name) => [
      name,
      name
        .split("-")
        .slice(1, -shared || undefined)
        .join("-"),
    ]),
  );
}

/** The keys of those that have rung since the event of that number, in order, each once. */
export function rangSince(preview: Preview, sequence: number): string[] {
  const names = preview.snapshot().alarms.map(({ name }) => name);
  const keys = keysOf(names.filter((name) => name.startsWith("alarm-"))); // others scale, and tell nobody
  const rang = preview.log(sequence).filter(({ kind }) => kind === "alarm.rang");
  return [...new Set(rang.flatMap(({ detail }) => keys.get(String(detail?.alarm)) ?? []))];
}

/** What rings where this machine has too much else to do. A drill that is shortened, as tests have it, bears that. */
const SLOWNESS = ["slow-answers", "latency-burn-fast", "service-cpu", "unhealthy-tasks", "too-few-tasks"];

/** What must ring, and what else may. @param short whether the drill is shortened; the machine's own slowness is borne then */
export function expectedOf({ rings, inFull = [], may = [] }: AlarmExpectation, short: boolean) {
  return short ? { rings, may: [...may, ...inFull, ...SLOWNESS] } : { rings: [...rings, ...inFull], may };
}

export function alarmChecks(expectation: AlarmExpectation, rang: readonly string[], short: boolean): Check[] {
  const { rings, may } = expectedOf(expectation, short);
  const listed = (keys: readonly string[]) => keys.join(", ") || "none";
  const missed = rings.filter((key) => !rang.includes(key));
  const others = rang.filter((key) => !rings.includes(key) && !may.includes(key));
  return [
    {
      name: "alarms that rang",
      expected: listed(rings),
      measured: listed(rang.filter((key) => rings.includes(key))),
      ok: missed.length === 0,
    },
    { name: "other alarms", expected: "none", measured: listed(others), ok: others.length === 0 },
  ];
}

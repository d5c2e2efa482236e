/** An apply and a destroy, interrupted or killed at random points: what is left is reported whole, and goes. */
import { setTimeout as delay } from "node:timers/promises";
import { type Item, inventory } from "../../inventory/index.ts";
import { taggedItems, unlisted } from "../../leftovers/tagged.ts";
import type { Call } from "../call.ts";
import { random } from "../faults.ts";
import type { Practice } from "../practice.ts";
import type { Progress } from "../progress.ts";
import { type Assertions, added, key, RehearsalFailed } from "../steps.ts";
import { Catalog, type Ran, unexpected } from "./catalog.ts";

export interface InterruptionRun extends Practice {
  readonly suffix: string;
  readonly progress: Progress;
  readonly assertions: Assertions;
  /** At how many points: in turn in an apply, and in the destroy that follows it. */
  readonly points: number;
  readonly signal: AbortSignal;
}

/** Calls that change something in an apply, about. A destroy has at least one for each item. */
const CHANGES_OF_APPLY = 350;

/** How a command is ended: as by Ctrl-C once, by Ctrl-C twice, and by the kernel. */
const WAYS: Readonly<Record<string, readonly NodeJS.Signals[]>> = {
  "Ctrl-C": ["SIGINT"],
  "Ctrl-C twice": ["SIGINT", "SIGINT"],
  "kill -9": ["SIGKILL"],
};

/** What was killed is gone when nothing has called for so long. */
const QUIET_MS = 3_000;

interface Leftovers {
  readonly left: readonly Item[];
}

/** @throws RehearsalFailed */
export async function interruptEverywhere(run: InterruptionRun): Promise<void> {
  const { progress, suffix, points, signal, testBed } = run;
  const calls = new CallCounter();
  const endpoint = await testBed.gateway({ onCall: (call) => calls.count(call) });
  const catalog = new Catalog(run.variables(endpoint));
  signal.addEventListener("abort", () => void catalog.stop());
  const baseline = await listing(run);
  const draw = random(1);
  const ways = Object.keys(WAYS);
  let standing = 0;
  for (let point = 0; point < points; point++) {
    const verb = point % 2 === 0 ? "deploy" : "destroy";
    const after = 1 + Math.floor(draw() * (verb === "deploy" ? CHANGES_OF_APPLY : standing));
    const way = ways[point % ways.length]!;
    await progress.phase(suffix, `${point + 1}: ${verb}, ${way} after ${after} changes`, async () => {
      const interrupted = await interrupt({ catalog, calls, line: `${verb} --yes`, after, way });
      standing = await compare({ ...run, catalog, baseline });
      return `${interrupted ? "" : "had ended before; "}${standing} left, all of them reported`;
    });
    if (verb === "deploy" && point + 1 < points) continue;
    await progress.phase(suffix, "destroy again", async () => {
      await unlocking(catalog, "destroy --yes");
      const left = await compare({ ...run, catalog, baseline });
      run.assertions.demand(left === 0, `${left} items are left after a destroy that was not interrupted`);
      return "0 left";
    });
  }
}

interface Interruption {
  readonly catalog: Catalog;
  readonly calls: CallCounter;
  readonly line: string;
  /** Changing calls until then. */
  readonly after: number;
  readonly way: string;
}

/** @returns whether the command was still running */
async function interrupt(interruption: Interruption): Promise<boolean> {
  const { catalog, calls, line, after, way } = interruption;
  const running = catalog.start(line);
  let ran: Ran | undefined;
  const ended = running.ended.then((how) => {
    ran = how;
  });
  await Promise.race([calls.reached(after), ended]);
  const unlock = ran && unlockOf(ran);
  if (unlock) {
    await catalog.run(unlock);
    return interrupt(interruption);
  }
  const wasRunning = ran === undefined;
  for (const name of WAYS[way] ?? []) {
    running.signal(name);
    await delay(200);
  }
  await ended;
  await calls.quiet(QUIET_MS);
  const expected = way === "kill -9" ? [null] : [130];
  if (wasRunning && !expected.includes(ran!.code as never))
    throw new RehearsalFailed(unexpected(line, expected[0] ?? -1, ran!));
  return wasRunning;
}

/** Runs a verb; where it names a lock of a dead run, releases it in its words, and runs it again. */
async function unlocking(catalog: Catalog, line: string): Promise<void> {
  const ran = await catalog.start(line).ended;
  const unlock = unlockOf(ran);
  if (unlock) {
    await catalog.run(unlock);
    await catalog.run(line);
  } else if (ran.code !== 0) throw new RehearsalFailed(unexpected(line, 0, ran));
}

/** How the lock of a run that is dead is released, in the words of the run that meets it. */
const unlockOf = ({ stderr }: Ran): string | undefined =>
  /bin\/catalog (adopt .*--unlock \S+)/.exec(stderr)?.[1];

/** All that the API lists, whatever it is called. */
async function listing({ testBed: { aws } }: Pick<InterruptionRun, "testBed">): Promise<Item[]> {
  const [items, tagged] = await Promise.all([inventory(aws), taggedItems(aws)]);
  return [...items, ...unlisted(tagged, items)];
}

/** Demands that the command reports what the API lists beyond the baseline. @returns how much that is */
async function compare(
  run: InterruptionRun & { readonly catalog: Catalog; readonly baseline: readonly Item[] },
): Promise<number> {
  const { catalog, suffix, baseline, assertions } = run;
  const listed = added(baseline, await listing(run))
    .map(key)
    .sort();
  const line = `leftovers --suffix ${suffix}`;
  const { left } = await catalog.json<Leftovers>(line, listed.length > 0 ? 1 : 0);
  const reported = left.map(key).sort();
  const missed = listed.filter((each) => !reported.includes(each));
  const invented = reported.filter((each) => !listed.includes(each));
  assertions.demand(
    missed.length + invented.length === 0,
    `the API lists, and the command does not:\n  ${missed.join("\n  ")}\nthe command alone lists:\n  ${invented.join("\n  ")}`,
  );
  return listed.length;
}

/** Counts calls that change something. */
class CallCounter {
  #seen = 0;
  #last = Date.now();
  #waiting: { at: number; resolve: () => void } | undefined;

  count({ method, operation, service }: Call): void {
    this.#last = Date.now();
    // The state's own calls, and questions, are no steps of an apply.
    if (service === "s3" && /tfstate/.test(operation)) return;
    if (service === "dynamodb" || /^(?:Describe|List|Get|Batch|Head)/.test(operation)) return;
    if (method === "GET" || method === "HEAD") return;
    this.#seen++;
    if (this.#waiting && this.#seen >= this.#waiting.at) this.#waiting.resolve();
  }

  /** Resolves after so many more. */
  reached(more: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = { at: this.#seen + more, resolve };
    return promise;
  }

  async quiet(ms: number): Promise<void> {
    while (Date.now() - this.#last < ms) await delay(ms / 10);
  }
}

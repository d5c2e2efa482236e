/** Each command that changes something, cut short at points of its own calls: what is left is reported whole, and the next run ends well. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inventory } from "../../inventory/inventory.ts";
import type { Item } from "../../inventory/item.ts";
import { taggedItems, unlisted } from "../../leftovers/tagged.ts";
import type { Practice } from "../practice.ts";
import type { Progress } from "../progress.ts";
import { type Assertions, added, key, RehearsalFailed } from "../steps.ts";
import { type Catalog, type Ran, unexpected } from "./catalog.ts";
import type { ChangeCounter } from "./change-counter.ts";
import { COMMANDS, type Command, drawPoints, mayEndWith, numbered, type Point, WAYS } from "./points.ts";

export interface InterruptionRun extends Practice {
  readonly suffix: string;
  readonly progress: Progress;
  readonly assertions: Assertions;
  readonly catalog: Catalog;
  readonly changes: ChangeCounter;
  /** At how many points at least, of all commands in turn. */
  readonly points: number;
  readonly seed: number;
  /** The number of the point to go on with. @default 1 */
  readonly from?: number | undefined;
}

/** What was killed is gone when nothing has called for so long. */
const QUIET_MS = 3_000;

/** @throws RehearsalFailed with all that did not hold, past the first */
export async function interruptEverywhere(run: InterruptionRun): Promise<void> {
  const { progress, suffix, points, seed, from } = run;
  const baseline = await listing(run);
  const context: Context = { ...run, baseline, engine: await fakeEngine(run) };
  const record = new Map<string, number>();
  for (const command of COMMANDS)
    await progress.phase(suffix, `${command.name}, to its end`, async () => {
      const before = run.changes.seen;
      await run.catalog.run(command.line, 0, context.engine);
      record.set(command.name, run.changes.seen - before);
      await afterwards(context, command);
      return `${record.get(command.name)} changing calls`;
    });
  const failures: string[] = [];
  for (const point of numbered(drawPoints(record, points, seed), from)) {
    const { command, way, change, number } = point;
    const name = `${number}: ${command.name}, ${way} at change ${change} of ${record.get(command.name)}`;
    try {
      await progress.phase(suffix, name, () => cutShort(context, point));
    } catch (error) {
      if (!(error instanceof RehearsalFailed)) throw error;
      failures.push(`${name}: ${error.message}`);
      if (!(await repair(context, command))) break;
    }
  }
  if (failures.length > 0) throw new RehearsalFailed(failures.join("\n\n"));
}

interface Context extends InterruptionRun {
  readonly baseline: readonly Item[];
  /** A container engine that builds and pushes nothing: the registry of a rehearsal has every image. */
  readonly engine: NodeJS.ProcessEnv;
}

async function cutShort(context: Context, point: Point): Promise<string> {
  const { command } = point;
  const running = await interrupt(context, point);
  const standing = await compare(context);
  const stood = `${running ? "" : "had ended before; "}${standing} items stood, all of them reported`;
  if (!command.again) return stood;
  await goOn(context, command.again);
  await afterwards(context, command);
  return `${stood}; then '${command.again}' ended well`;
}

/** Brings about what the next point begins with, after one at which something did not hold. @returns whether that went well */
async function repair(context: Context, { leaves }: Command): Promise<boolean> {
  if (leaves === "remains") return true;
  try {
    await goOn(context, leaves === "nothing" ? "destroy --yes" : "deploy --yes");
    return true;
  } catch (error) {
    if (error instanceof RehearsalFailed) return false;
    throw error;
  }
}

/** @returns whether the command was still running. @throws RehearsalFailed when it failed by itself, or ended otherwise than it was told to */
async function interrupt(context: Context, point: Point): Promise<boolean> {
  const { catalog, changes, engine } = context;
  const { command, change, way } = point;
  const { signals } = WAYS[way]!;
  const running = catalog.start(command.line, engine);
  let ran: Ran | undefined;
  const ended = running.ended.then((how) => {
    ran = how;
  });
  await Promise.race([changes.reached(change), ended]);
  const early = ran as Ran | undefined;
  if (!early)
    for (const signal of signals) {
      running.signal(signal);
      await delay(200);
    }
  await ended;
  await changes.quiet(QUIET_MS);
  // What was killed before holds the lock: the command says so, and is begun again.
  if (early && (await released(context, early))) return interrupt(context, point);
  const allowed = mayEndWith(way, early ? "before the signal" : "by it");
  if (!allowed.includes(ran!.code)) throw new RehearsalFailed(unexpected(command.line, allowed[0]!, ran!));
  return early === undefined && ran!.code !== 0;
}

/** Runs a command; where it names the lock of a dead run, releases that, and runs it again. */
async function goOn(context: Context, line: string): Promise<void> {
  const { catalog, engine } = context;
  const ran = await catalog.start(line, engine).ended;
  if (await released(context, ran)) await catalog.run(line, 0, engine);
  else if (ran.code !== 0) throw new RehearsalFailed(unexpected(line, 0, ran));
}

/** Releases the lock that a command has named, in its words. @returns whether it named one */
async function released({ catalog }: Context, { code, stderr }: Ran): Promise<boolean> {
  const [, unlock] = /bin\/catalog (adopt .*--unlock \S+)/.exec(stderr) ?? [];
  if (code === 0 || !unlock) return false;
  await catalog.run(unlock);
  return true;
}

/** What has to hold once a command has ended well, whatever happened to it before. */
async function afterwards(context: Context, { leaves }: Command): Promise<void> {
  const { catalog, assertions } = context;
  if (leaves === "nothing") {
    const left = await compare(context);
    assertions.demand(left === 0, `${left} items are left after a destroy that was not interrupted`);
    return;
  }
  if (leaves === "restored") await catalog.run("restore --remove");
  await catalog.run("plan"); // ends with 2 when there is anything to change
  assertions.passed++;
}

/** All that the API lists, whatever it is called. */
async function listing({ testBed: { aws } }: Pick<Practice, "testBed">): Promise<Item[]> {
  const [items, tagged] = await Promise.all([inventory(aws), taggedItems(aws)]);
  return [...items, ...unlisted(tagged, items)];
}

/** Demands that the command reports what the API lists beyond the baseline. @returns how much that is */
async function compare(context: Context): Promise<number> {
  const { catalog, suffix, baseline, assertions } = context;
  const listed = added(baseline, await listing(context))
    .map(key)
    .sort();
  const line = `leftovers --suffix ${suffix}`;
  const { left } = await catalog.json<{ left: readonly Item[] }>(line, listed.length > 0 ? 1 : 0);
  const reported = left.map(key).sort();
  const missed = listed.filter((each) => !reported.includes(each));
  const invented = reported.filter((each) => !listed.includes(each));
  assertions.demand(
    missed.length + invented.length === 0,
    `the API lists, and the command does not:\n  ${missed.join("\n  ")}\nthe command alone lists:\n  ${invented.join("\n  ")}`,
  );
  return listed.length;
}

async function fakeEngine({ testBed }: Pick<Practice, "testBed">): Promise<NodeJS.ProcessEnv> {
  const folder = path.join(testBed.folder, "engine");
  await mkdir(folder);
  await writeFile(path.join(folder, "docker"), "#!/bin/sh\ncat > /dev/null\n", { mode: 0o755 });
  return { PATH: [folder, process.env.PATH].join(path.delimiter) };
}

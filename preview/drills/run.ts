/** Carries a drill out on a running preview, from a steady state back to one. */
import { request } from "undici";
import { UserError } from "../../cli/user-error.ts";
import type { Preview } from "../contract/index.ts";
import { alarmChecks, expectedOf, rangSince } from "./alarms.ts";
import { type Drill, DrillContext, isSteady } from "./drill.ts";
import { allPaths, type Catalogue, readCatalogue } from "./load/catalogue.ts";
import { Load, type LoadSettings } from "./load/load.ts";
import { removeWritten } from "./load/writes.ts";
import type { DrillProgress, DrillResult, LoadResult, Mark } from "./report/result.ts";

export interface RunOptions {
  /** Briefer quiet spells around the fault. @default false */
  short?: boolean;
  /** Ends the drill early; what it had broken is put right first. */
  signal?: AbortSignal;
  /** Called with each new step and, a few times a second, new counts. @default nobody listens */
  onProgress?: (progress: DrillProgress) => void;
}

/** Slower clocks would make some drills last longer than anybody waits; they run at least so fast meanwhile. */
const LEAST_SPEED = 10;
const PROGRESS_MS = 500;
const WARM_CONCURRENCY = 8;
const SEED = 20_261_122;
/** The period that an alarm judges may end after the drill has: it is waited for. */
const LATE_SECONDS = 30;
/** Seconds of the charts before and after the drill. */
const MARGIN_MS = 2_000;

/**
 * @throws when the drill could not be carried out: the preview never became steady, or something that it waits for
 *   did not come about. A figure that does not hold is no error; see {@link DrillResult.ok}.
 */
export async function runDrill(
  preview: Preview,
  drill: Drill,
  options: RunOptions = {},
): Promise<DrillResult> {
  const { short = false, signal = new AbortController().signal, onProgress = () => {} } = options;
  const startedAt = Date.now();
  const firstSequence = preview.log().at(-1)?.sequence ?? 0;
  const seed = SEED + firstSequence; // else the edge still has what nobody was to have asked for, from the drill before
  const { speed: speedBefore, scaler } = preview.snapshot();
  const speed = Math.max(speedBefore, LEAST_SPEED);
  const marks: Mark[] = [];
  let load: Load | undefined;
  let step = "waiting for a steady state";
  const tell = () => {
    const { sent = 0, failed = 0 } = load?.progress ?? {};
    onProgress({ name: drill.name, title: drill.title, startedAt, step, sent, failed });
  };
  const telling = setInterval(tell, PROGRESS_MS);
  const context = new DrillContext(
    preview,
    { short, signal },
    {
      firstSequence,
      step(text) {
        step = text;
        tell();
      },
      mark: (label, at) => marks.push({ at, label }),
      async startLoad(settings) {
        load = await startWarm(preview, context.catalogue, { seed, ...settings }, signal);
        return load;
      },
    },
  );
  tell();
  try {
    if (speed !== speedBefore) preview.setSpeed(speed);
    // What the drill before has brought up on demand goes by itself, and would go in the middle of this one.
    await context.until("the service to be steady, with no task on demand", 180, () => {
      const snapshot = preview.snapshot();
      return isSteady(snapshot) && snapshot.standby.every(({ desired }) => desired === 0);
    });
    preview.forgetMetrics(); // what rings from now on does so for the drill
    context.catalogue = await readCatalogue(preview.edgeUrl, signal);
    const outcome = await drill.run(context);
    const { rings } = expectedOf(drill.alarms, short);
    await context.within(LATE_SECONDS, () => {
      const rang = rangSince(preview, firstSequence);
      return rings.every((key) => rang.includes(key));
    });
    const rang = rangSince(preview, firstSequence);
    const checks = [...outcome.checks, ...alarmChecks(drill.alarms, rang, short)];
    const figures = load ? (await load.stop()).load : noLoad;
    return {
      name: drill.name,
      title: drill.title,
      startedAt,
      endedAt: Date.now(),
      speed,
      cpuTarget: scaler.target,
      ok: checks.every(({ ok }) => ok),
      checks,
      rang,
      load: figures,
      detectSeconds: outcome.detectSeconds,
      recoverSeconds: outcome.recoverSeconds,
      marks,
      points: preview.points(startedAt - MARGIN_MS),
      events: preview.log(firstSequence),
    };
  } finally {
    clearInterval(telling);
    await load?.abandon();
    await removeWritten(preview);
    if (speed !== speedBefore) preview.setSpeed(speedBefore);
  }
}

const noLoad: LoadResult = { sent: 0, failed: 0, shed: 0, unsent: 0, phases: [], failures: [] };

/** Asks for every path once, so that the load begins on warm caches, and starts the generator. */
async function startWarm(
  preview: Preview,
  everything: Catalogue,
  settings: Partial<LoadSettings> & Pick<LoadSettings, "rate" | "writeRate" | "seed">,
  signal: AbortSignal,
): Promise<Load> {
  const catalogue = settings.catalogue ?? everything;
  const paths = allPaths(catalogue).values();
  const warm = async () => {
    for (const path of paths) {
      const { statusCode, body } = await request(preview.edgeUrl + path, { signal });
      await body.dump();
      // Else every figure of the drill would only say this.
      if (statusCode >= 400 && statusCode !== 503) throw new UserError(`GET ${path} answers ${statusCode}.`);
    }
  };
  await Promise.all(Array.from({ length: WARM_CONCURRENCY }, warm));
  return new Load({
    origin: preview.edgeUrl,
    apiKey: preview.apiKey,
    uncached: 0,
    phase: "before",
    ...settings,
    catalogue,
  });
}

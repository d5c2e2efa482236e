import pg from "pg";
import type { Preview } from "../../contract/index.ts";
import { atLeast, type Drill, type DrillContext, equals, loadChecks } from "../drill.ts";

/** Over the second from which an answer counts as slow, and so little over that nobody's deadline passes. */
const DELAY_MS = 1_100;
/** Enough of what reaches the tasks needs the reader, and no more than its slow connections can carry. */
const RATE = 40;
const UNCACHED = 0.05;
/** So many writes that the answers of a minute are enough to speak of their hundredth. */
const WRITE_RATE = 15;
/** Ten minutes of the stack's clock are over sooner. */
const SPEED = 20;
/** From so many seconds on it is known what the session gets, and so much less is certain. */
const SETTLE_SECONDS = 3;
const MARGIN = 0.5;

/**
 * Reads go to the reader alone: the writer's figures say nothing of it. One session keeps the reader's CPU busy, as a report
 * that somebody runs there would, and each answer of its comes late.
 */
export const slowReader: Drill = {
  name: "slow-reader",
  title: "Slow reader",
  description: "The reader's CPU is at its limit, and what it answers comes late.",
  alarms: {
    rings: ["reader-cpu", "slow-answers"],
    may: ["latency-burn-fast", "availability-burn-fast", "stale-answers", "api-errors", "edge-errors"],
  },
  async run(context) {
    const { preview } = context;
    const { speed, database } = preview.snapshot();
    const load = await context.startLoad({ rate: RATE, writeRate: WRITE_RATE, uncached: UNCACHED });
    context.step("load before the reader is slow");
    await context.rest(5);
    load.enter("during");
    context.step("the reader is busy");
    const at = context.mark("reader busy");
    const busy = await keepBusy(preview);
    let rangAt: number | undefined;
    try {
      await fitReader(context);
      preview.setSpeed(Math.max(speed, SPEED));
      preview.setReaderDelay(DELAY_MS);
      rangAt = await context.untilRung("slow-answers");
      await context.untilRung("reader-cpu");
    } finally {
      preview.setReaderDelay(0);
      preview.setReaderCpus(database.readerCpus);
      preview.setSpeed(speed);
      await busy.end();
    }
    const recoveredAt = context.mark("reader idle");
    const figures = await context.conclude(load, "load after it");
    return {
      checks: [
        ...loadChecks(figures),
        equals("failed requests", figures.failed, 0),
        atLeast("slowest read meanwhile", Math.round(figures.during.reads.max ?? 0), DELAY_MS, " ms"),
      ],
      detectSeconds: rangAt && (rangAt - at) / 1000,
      recoverSeconds: (recoveredAt - at) / 1000,
    };
  },
};

/** On a machine that is busy itself, the session gets less than stands for the reader: the reader is made as small then. */
async function fitReader(context: DrillContext): Promise<void> {
  await context.pause(SETTLE_SECONDS);
  const { readerCpus, cpuPercent } = context.preview.snapshot().database;
  const share = (cpuPercent?.reader ?? 0) / 100;
  if (share > 0 && share < 1) context.preview.setReaderCpus(readerCpus * share * MARGIN);
}

/** A session that does nothing but count, until it is ended. */
async function keepBusy({ reader: { ca, ...connection } }: Preview): Promise<{ end(): Promise<void> }> {
  const client = new pg.Client({ ...connection, ssl: { ca } });
  client.on("error", () => {});
  await client.connect();
  const counting = client.query("DO $$ BEGIN LOOP NULL; END LOOP; END $$").catch(() => {}); // ends with its connection
  return {
    async end() {
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      await counting;
    },
  };
}

import { atLeast, atMost, type Drill, equals, loadChecks } from "../drill.ts";
import type { Catalogue } from "../load/catalogue.ts";
import { changeCatalogue } from "../load/writes.ts";
import { StatementCounter } from "../statements.ts";

/** Lists of the whole catalogue: any write makes them stale, so that one write empties the tasks' caches of them. */
const PATHS = ["newest", "price", "-price", "name"].flatMap((sort) =>
  [10, 15, 20].map((limit) => `/v1/products?limit=${limit}&sort=${sort}`),
);
const KEYS = PATHS.length;
/** Visitors who want each list in the very moment in which it is gone. */
const CROWD = 20;
/** Requests per second, all for the same few keys. */
const RATE = 300;

/**
 * Everything that was cached is gone at once, while all visitors want the same few lists: the edge and each task must
 * let one request per key through and hand its answer to all who wait
 * (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-traffic-spikes).
 */
export const stampede: Drill = {
  name: "stampede",
  title: "Cache stampede",
  description: "The caches are emptied while all visitors want the same few lists.",
  alarms: { rings: [] },
  async run(context) {
    const { preview } = context;
    const counter = await StatementCounter.connect(preview.database);
    try {
      context.step("counting what each list costs when it is asked for once");
      await changeCatalogue(preview);
      preview.flushEdgeCache();
      const alone = await counter.during(async () => {
        for (const path of PATHS) await context.get(path);
      });
      const only: Catalogue = { products: [], lists: PATHS, searches: [], suggestions: [] };
      const load = await context.startLoad({ rate: RATE, writeRate: 0, catalogue: only });
      context.step("load before the flush");
      await context.rest(4);
      load.enter("during");
      context.step("caches emptied under load");
      let recoveredAt = 0;
      // As in production, a write makes the tasks' caches stale. It has statements of its own, so it is not counted.
      await changeCatalogue(preview);
      const sentBefore = load.progress.sent;
      const at = context.mark("caches emptied");
      const together = await counter.during(async () => {
        // The edge runs in this thread, so that the cache is empty before the first of the crowd is heard.
        load.burst(PATHS, CROWD);
        preview.flushEdgeCache();
        const warm = () => preview.snapshot().edge.objects >= KEYS;
        recoveredAt = await context.until("the edge's cache to be warm", 30, warm);
        await context.rest(3);
      });
      const requests = load.progress.sent - sentBefore;
      load.enter("after");
      await context.rest(4);
      const figures = await context.finish(load);
      return {
        checks: [
          ...loadChecks(figures),
          equals("failed requests", figures.failed + figures.shed, 0),
          atLeast("requests for each list from that moment on", Math.floor(requests / KEYS), CROWD),
          atLeast("statements that the lists cost when each is asked for once", alone, KEYS),
          atLeast("statements under the stampede", together, KEYS),
          atMost("statements under the stampede", together, alone),
        ],
        recoverSeconds: (recoveredAt - at) / 1000,
      };
    } finally {
      await counter.close();
    }
  },
};

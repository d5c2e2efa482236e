/** The preview for whoever sits before it: brings it up, tells what goes on, and stops it when told to. */
import { once } from "node:events";
import { styleText } from "node:util";
import { interruption } from "../cli/interruption.ts";
import { PreviewDrills } from "./drills/runner.ts";
import { startPreview } from "./start.ts";
import type { EventLevel, Preview, PreviewOptions } from "./state.ts";

/**
 * Runs the preview until Ctrl-C, which drains it; a second one ends it at once.
 *
 * @param json print the event log, one JSON object a line, instead of what a person wants to know
 * @throws UserError when it cannot be brought up
 */
export async function servePreview(options: PreviewOptions, json = false): Promise<void> {
  const progress = json ? undefined : (line: string) => console.log(line);
  const began = performance.now();
  const preview = await startPreview(
    { ...options, ...(progress && { progress }) },
    (made) => new PreviewDrills(made),
  );
  const signal = interruption(() => void preview.stop({ force: true }));
  follow(preview, json);
  progress?.(
    [
      "",
      `The catalogue   ${preview.edgeUrl}/v1/products`,
      `The page        ${preview.controlUrl}`,
      `Ready in ${((performance.now() - began) / 1000).toFixed(1)} s; the stack's clocks run ${preview.snapshot().speed} times faster. Ctrl-C stops it.`,
    ].join("\n"),
  );
  if (!signal.aborted) await once(signal, "abort");
  console.error("Draining; once more ends it at once.");
  await preview.stop();
  process.exit();
}

const styles = { info: "dim", good: "green", warn: "yellow", bad: "red" } as const satisfies Record<
  EventLevel,
  string
>;

/** Tells a person what goes wrong from now on; a machine everything. */
function follow(preview: Preview, json = false): void {
  if (json) for (const entry of preview.log()) console.log(JSON.stringify(entry));
  preview.events.on("event", (entry) => {
    if (json) console.log(JSON.stringify(entry));
    else if (entry.level === "warn" || entry.level === "bad")
      console.error(
        styleText(styles[entry.level], `${entry.message} (${entry.address})`, { stream: process.stderr }),
      );
  });
}

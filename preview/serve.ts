/** The preview for whoever sits before it: brings it up, tells what goes on, and stops it when told to. */
import { once } from "node:events";
import { styleText } from "node:util";
import { interruption, unlessAborted } from "../cli/interruption.ts";
import type { EventLevel, Preview, PreviewOptions } from "./contract/index.ts";
import { PreviewDrills } from "./drills/runner.ts";
import { startPreview } from "./start.ts";

export interface ServeOptions extends PreviewOptions {
  /** Let tasks drain as in AWS when the preview stops. @default false */
  readonly drain?: boolean;
  /** Print the event log, one JSON object a line, instead of what a person wants to know. @default false */
  readonly json?: boolean;
}

/**
 * Runs the preview until Ctrl-C, which lets requests finish and stops it; a second one ends it at once.
 *
 * @throws UserError when it cannot be brought up
 */
export async function servePreview({ drain, json = false, ...options }: ServeOptions): Promise<void> {
  const progress = json ? undefined : (line: string) => console.log(line);
  const began = performance.now();
  let up: Preview | undefined;
  const signal = interruption(() => void up?.stop({ force: true }));
  // While it comes up, there is nothing to finish: what runs already is ended by its guards.
  const preview = await unlessAborted(
    signal,
    startPreview({ ...options, ...(progress && { progress }) }, (made) => new PreviewDrills(made)),
  );
  up = preview;
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
  console.error(`${drain ? "Draining" : "Stopping"}; once more ends it at once.`);
  await preview.stop({ drain });
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

/** `npm start`: synthesises the stack and runs it on this machine. */
import { parseArgs, styleText } from "node:util";
import { PreviewDrills } from "./drills/runner.ts";
import { defaults, startPreview } from "./start.ts";
import type { EventLevel, Preview, PreviewOptions } from "./state.ts";

const usage = `Usage: npm start -- [options]

Synthesises the stack and runs it on this machine: edge, balancer, API tasks, database and scaler, wired as the
Terraform JSON says. Ctrl-C drains and stops it.

  --port N        port of the edge; balancer and page take the next two; 0: free ones   (${defaults.port})
  --speed N       the stack's clocks run N times faster, 1 to 100                      (${defaults.speed})
  --products N    size of the sample catalogue, loaded when the database is new        (${defaults.products})
  --task-cpus N   CPUs of this machine that stand for one task's CPU                   (cores ÷ maximum tasks)
  --state FOLDER  where the database and the tasks' logs are kept                      (.preview)
  --fresh         begin with an empty database
  --json          one JSON object a line: the event log
  --help          this text
`;

type Settings = PreviewOptions & { json: boolean };

/** @throws a sentence that names the option and what it may be. */
function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      speed: { type: "string" },
      products: { type: "string" },
      "task-cpus": { type: "string" },
      state: { type: "string" },
      fresh: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const settings: Settings = { fresh: values.fresh, json: values.json, stateFolder: values.state };
  const number = (
    name: keyof typeof values,
    least: number,
    most: number,
    whole: boolean,
  ): number | undefined => {
    const text = values[name];
    if (text === undefined) return undefined;
    const value = Number(text);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new Error(`--${name} ${text}: choose a${whole ? " whole" : ""} number from ${least} to ${most}.`);
  };
  settings.port = number("port", 0, 65_533, true);
  settings.speed = number("speed", 1, 100, false);
  settings.products = number("products", 1, 10_000_000, true);
  settings.taskCpus = number("task-cpus", 0.01, 64, false);
  return settings;
}

const styles = { info: "dim", good: "green", warn: "yellow", bad: "red" } as const satisfies Record<
  EventLevel,
  string
>;

/** Tells a person what goes wrong from now on; a machine everything. */
function follow(preview: Preview, json: boolean): void {
  if (json) for (const entry of preview.log()) console.log(JSON.stringify(entry));
  preview.events.on("event", (entry) => {
    if (json) console.log(JSON.stringify(entry));
    else if (entry.level === "warn" || entry.level === "bad")
      console.error(
        styleText(styles[entry.level], `${entry.message} (${entry.address})`, { stream: process.stderr }),
      );
  });
}

function stopOnSignal(preview: Preview): void {
  let signals = 0;
  const onSignal = () => {
    const force = ++signals > 1;
    if (!force) console.error("Draining; once more ends it at once.");
    preview.stop({ force }).then(
      () => process.exit(0),
      (error: Error) => fail(error),
    );
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
}

function fail(error: Error): never {
  console.error(styleText("red", error.message, { stream: process.stderr }));
  process.exit(1);
}

async function main(): Promise<void> {
  const settings = readSettings();
  if (!settings) return void process.stdout.write(usage);
  const progress = settings.json ? undefined : (line: string) => console.log(line);
  const began = performance.now();
  const preview = await startPreview(
    { ...settings, ...(progress && { progress }) },
    (made) => new PreviewDrills(made),
  );
  stopOnSignal(preview);
  follow(preview, settings.json);
  progress?.(
    [
      "",
      `The catalogue   ${preview.edgeUrl}/v1/products`,
      `The page        ${preview.controlUrl}`,
      `Ready in ${((performance.now() - began) / 1000).toFixed(1)} s; the stack's clocks run ${preview.snapshot().speed} times faster. Ctrl-C stops it.`,
    ].join("\n"),
  );
}

main().catch(fail);

/** Composes the preview: reads the stack, brings the parts up in order, and offers what drills and page work on. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder } from "../cli/folder.ts";
import { UserError } from "../cli/user-error.ts";
import { synthesiseInto } from "../local/synthesise.ts";
import { Alarms } from "./alarms/alarms.ts";
import { DatabaseLoad } from "./alarms/database-load.ts";
import { longestLook } from "./alarms/evaluation.ts";
import { Measurement } from "./alarms/measurement.ts";
import { MetricStore } from "./alarms/metric-store.ts";
import { Balancer } from "./balancer/balancer.ts";
import { type Blueprint, readBlueprint, type ServiceBlueprint } from "./blueprint/index.ts";
import { StackClock } from "./clock.ts";
import type { DrillRunner, Preview, PreviewEvent, PreviewOptions, RunFile } from "./contract/index.ts";
import { ControlServer } from "./control.ts";
import { Database } from "./database.ts";
import { DEFAULTS } from "./defaults.ts";
import { Edge } from "./edge/edge.ts";
import { EventLog } from "./event-log.ts";
import { Meter } from "./meter.ts";
import { offer } from "./offer.ts";
import type { Parts } from "./parts.ts";
import { Sampler } from "./sampler.ts";
import { Scaler } from "./scaler/scaler.ts";
import { StepScaler } from "./scaler/step-scaler.ts";
import { taskLauncher } from "./service/definition.ts";
import { Fleet } from "./service/fleet.ts";
import { readImage } from "./service/image.ts";
import { Service } from "./service/service.ts";
import { Shutdown } from "./shutdown.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const dockerfile = join(project, "api/Dockerfile");
const silent = () => {};
/** What a task that serves nobody gets for its exit, unless the real drain is asked for. */
const EXIT_SECONDS = 1;

/**
 * Starts a preview and waits until the edge answers.
 *
 * @param makeDrills what the page's drill buttons start. @default no drills
 * @throws one clear sentence when the stack cannot work, a port is taken, or no task becomes healthy; everything that
 *   was started is stopped by then.
 */
export async function startPreview(
  options: PreviewOptions = {},
  makeDrills?: (preview: Preview) => DrillRunner,
): Promise<Preview> {
  const shutdown = new Shutdown();
  try {
    return await bringUp(options, makeDrills, shutdown);
  } catch (error) {
    await shutdown.run({ force: true });
    throw error;
  }
}

async function bringUp(
  options: PreviewOptions,
  makeDrills: ((preview: Preview) => DrillRunner) | undefined,
  shutdown: Shutdown,
): Promise<Preview> {
  const { progress = silent, port = DEFAULTS.port, speed = DEFAULTS.speed } = options;
  const stateFolder = resolve(options.stateFolder ?? DEFAULTS.stateFolder);
  makeFolder(stateFolder);
  if (options.fresh) await Database.forget(stateFolder);
  const blueprint = readBlueprint(await stackFileOf(options, stateFolder, progress), options.secrets);
  if (options.bearSlowness) dropLatencyAlarms(blueprint);
  const image = readImage(dockerfile);
  const base: Base = { blueprint, clock: new StackClock(speed), log: new EventLog(), meter: new Meter() };
  const front = await openFront(base, port, shutdown);
  const { products = DEFAULTS.products } = options;
  const { log } = base;
  const database = await Database.start({
    blueprint: blueprint.database,
    ...{ stateFolder, products, log, progress },
  });
  shutdown.add(() => database.close());
  const logs = join(stateFolder, "logs");
  await rm(logs, { recursive: true, force: true });
  await mkdir(logs);
  const fleet = makeFleet({ ...base, ...front, database, image, logs }, shutdown);
  const mostTasks = blueprint.standby.reduce((sum, { maximum }) => sum + maximum, blueprint.scaler.maximum);
  const taskCpus = options.taskCpus ?? availableParallelism() / mostTasks;
  const watched = { ...base, ...front, database, fleet, taskCpus };
  const { measurement, ...watching } = watch(watched, shutdown);
  const parts: Parts = { ...watched, ...watching, imageFolder: image.folder, ready: false };
  const sampler = new Sampler(parts, measurement);
  shutdown.add(() => sampler.close());

  const control = new ControlServer();
  shutdown.add(() => control.close());
  const controlUrl = `http://127.0.0.1:${await control.listen(port && port + 2)}`;
  const preview = offer(parts, controlUrl, (how) => shutdown.run(how));
  control.serve(preview, makeDrills?.(preview));

  const complain = ({ level, message, address }: PreviewEvent) => {
    if (level === "warn" || level === "bad") progress(`${message} (${address})`);
  };
  log.emitter.on("event", complain);
  await rollOut(parts, progress).finally(() => log.emitter.off("event", complain));
  const runFile = join(stateFolder, "run.json");
  const run: RunFile = { pid: process.pid, controlUrl, edgeUrl: parts.urls.edge };
  await writeFile(runFile, JSON.stringify(run));
  shutdown.add(() => rm(runFile, { force: true }));
  parts.ready = true;
  parts.alarms.begin();
  shutdown.add(async () => {
    parts.ready = false;
    const message = "The preview is stopping: requests in flight finish.";
    log.write("preview.stopping", "info", blueprint.edge.address, message);
    await parts.edge.close();
  });
  const { edge: edgeUrl, balancer: balancerUrl } = parts.urls;
  log.write("preview.ready", "good", blueprint.edge.address, `The edge answers at ${edgeUrl}.`, {
    detail: { edgeUrl, balancerUrl, controlUrl },
  });
  return preview;
}

/** What every part knows. */
type Base = Pick<Parts, "blueprint" | "clock" | "log" | "meter">;

/** The stack that was named, or that of this checkout, synthesised now. */
async function stackFileOf(
  { stackFile, settings }: PreviewOptions,
  stateFolder: string,
  progress: (line: string) => void,
): Promise<string> {
  if (stackFile !== undefined) return stackFile;
  const began = performance.now();
  const synthesised = await synthesiseInto(join(stateFolder, "cdktf.out"), settings);
  progress(`stack      synthesised, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return synthesised;
}

/** Takes the ports; until there are tasks, the balancer answers 503. */
async function openFront(
  { blueprint, clock, log, meter }: Base,
  port: number,
  shutdown: Shutdown,
): Promise<Pick<Parts, "balancer" | "edge" | "urls">> {
  const balancer = new Balancer(blueprint.balancer, clock, log);
  shutdown.add(() => balancer.close());
  const balancerUrl = `http://127.0.0.1:${await balancer.listen(port && port + 1)}`;
  const edge = new Edge(blueprint.edge, balancerUrl, meter, log);
  shutdown.add(() => edge.close());
  const edgeUrl = `http://127.0.0.1:${await edge.listen(port)}`;
  return { balancer, edge, urls: { edge: edgeUrl, balancer: balancerUrl } };
}

/** @param logs the folder of the tasks' output */
function makeFleet(
  {
    image,
    logs,
    ...parts
  }: Base & Pick<Parts, "balancer" | "database"> & { image: ReturnType<typeof readImage>; logs: string },
  shutdown: Shutdown,
): Fleet {
  const { blueprint, clock, database } = parts;
  const place = { databasePort: database.endpointPort, clock, authorityFile: database.authorityFile };
  const logFile = (id: string) => join(logs, `task-${id}.log`);
  const serviceOf = (settings: ServiceBlueprint) => {
    const launch = taskLauncher(blueprint, image, place, settings);
    return new Service({ settings, balancer: parts.balancer, clock, log: parts.log, launch, logFile });
  };
  const fleet = new Fleet(
    serviceOf(blueprint.service),
    blueprint.standby.map((each) => serviceOf(each.service)),
  );
  shutdown.add(
    // Once the edge is closed, nobody asks the tasks: what they would wait for does not come.
    ({ drain }) => fleet.close(drain ? undefined : EXIT_SECONDS),
    () => fleet.kill(),
  );
  return fleet;
}

/** What measures the others, rings, and scales. */
function watch(
  parts: Base & Pick<Parts, "balancer" | "edge" | "database" | "fleet" | "urls" | "taskCpus">,
  shutdown: Shutdown,
): Pick<Parts, "scaler" | "databaseLoad" | "metrics" | "alarms"> & { measurement: Measurement } {
  const { blueprint, clock, log, database, fleet, taskCpus } = parts;
  const scaler = new Scaler(blueprint.scaler, fleet.first, clock, log);
  shutdown.add(() => scaler.close());
  const databaseLoad = new DatabaseLoad(database, blueprint.database.vcpus * taskCpus);
  shutdown.add(() => databaseLoad.close());
  const metrics = new MetricStore(blueprint.emitted, longestLook(blueprint.alarms));
  const measurement = new Measurement(parts, metrics);
  const alarms = new Alarms(blueprint.alarms, { store: metrics, clock, log }, () => measurement.minute());
  shutdown.add(() => alarms.close());
  for (const each of fleet.all) each.ringing = (names) => alarms.ringing(names);
  const stepScalers = blueprint.standby.map(
    (each, index) => new StepScaler(each, fleet.standby[index]!, clock, log),
  );
  alarms.onRinging = (name, value) => {
    for (const each of stepScalers) each.ring(name, value);
  };
  return { scaler, databaseLoad, metrics, alarms, measurement };
}

function dropLatencyAlarms({ alarms, service, standby }: Blueprint): void {
  const onLatency = alarms.metric.filter(({ series }) =>
    series.some(({ identity }) => identity.includes("/TargetResponseTime ")),
  );
  for (const { deploymentAlarms } of [service, ...standby.map((each) => each.service)])
    deploymentAlarms.names = deploymentAlarms.names.filter(
      (name) => !onLatency.some((alarm) => alarm.name === name),
    );
}

/** Starts the tasks, waits for them, and asks the edge for what the balancer asks them: a 200 goes all the way. */
async function rollOut(
  { blueprint, fleet, balancer, urls }: Parts,
  progress: (line: string) => void,
): Promise<void> {
  const began = performance.now();
  const { container, desired } = blueprint.service;
  progress(`tasks      starting ${desired} of ${container.family}`);
  const { rollout } = await fleet.deploy({});
  if (rollout === "FAILED")
    throw new UserError(`${container.address}: no task became healthy: ${fleet.first.lastFailure}.`);
  progress(`tasks      ${desired} healthy, ${((performance.now() - began) / 1000).toFixed(1)} s`);
  progress(`balancer   ${urls.balancer} for the edge alone`);
  const { path } = blueprint.balancer.targetGroup.healthCheck;
  const answer = await fetch(urls.edge + path);
  await answer.arrayBuffer();
  if (answer.ok) return;
  const why = balancer.lastRefusal ? `: ${balancer.lastRefusal}` : "";
  throw new UserError(`${blueprint.edge.address}: the edge answers ${answer.status} to GET ${path}${why}.`);
}

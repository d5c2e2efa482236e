/**
 * The load generator's thread: apart from the edge, the balancer and the page, so that neither side waits for the
 * other's event loop. It is an open loop: requests leave when they are due, whether or not earlier ones have been
 * answered, and latency counts from the due time. A closed loop would slow down with the system that it measures and
 * hide its worst moments ("coordinated omission").
 */
import { platform } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { Agent } from "undici";
import type { LoadCommand, LoadReport, LoadSettings } from "./load.ts";
import { type Kind, Recorder } from "./recorder.ts";
import { createVisitors } from "./visitors.ts";
import { writeRequest } from "./writes.ts";

const TICK_MS = 4;
const REPORT_MS = 250;
/** Beyond this the generator drops what is due, and says so. */
const IN_FLIGHT_MAX = 2_000;
/** A visitor would have left. */
const TIMEOUT_MS = 15_000;

const VISITORS = 48;
/** Of one visitor: as many as browsers open to one host. */
const CONNECTIONS = 6;

const settings = workerData as LoadSettings;
const port = parentPort!;
const nextPath = createVisitors(settings.catalogue, settings);
const recorder = new Recorder();
/**
 * Each visitor has an address of its own within 127.0.0.0/8, since the API limits what one client may ask of it. macOS
 * has 127.0.0.1 only: there all visitors are one.
 */
const addresses =
  platform() === "darwin"
    ? ["127.0.0.1"]
    : Array.from({ length: VISITORS }, (_, index) => `127.1.0.${index + 1}`);
const agents = addresses.map(
  (localAddress) =>
    new Agent({
      localAddress,
      connections: CONNECTIONS,
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    }),
);

const now = () => performance.timeOrigin + performance.now();
const rates = { read: settings.rate, write: settings.writeRate };
const startedAt = now();
const nextDue = { read: startedAt, write: startedAt };
let inFlight = 0;
let unsent = 0;
let started = 0;
let written = 0;

/** Sends what has fallen due. After a pause of the whole thread that is more than one request. */
function tick(): void {
  const time = now();
  for (const kind of ["read", "write"] as const) {
    while (rates[kind] > 0 && nextDue[kind] <= time) {
      const dueAt = nextDue[kind];
      nextDue[kind] += 1000 / rates[kind];
      if (inFlight >= IN_FLIGHT_MAX) unsent++;
      else void send(kind, dueAt);
    }
  }
}

async function send(kind: Kind, dueAt: number, read = kind === "read" ? nextPath() : ""): Promise<void> {
  const { method, path, headers, body } =
    kind === "read"
      ? { method: "GET" as const, path: read, headers: {}, body: null }
      : writeRequest(settings.apiKey, ++written);
  const answer = { kind, dueAt, method, path, retryAfter: false, problem: false };
  inFlight++;
  const agent = agents[started++ % agents.length]!;
  try {
    const response = await agent.request({ origin: settings.origin, method, path, headers, body });
    for await (const _chunk of response.body); // a request is done with its last byte
    recorder.add({
      ...answer,
      doneAt: now(),
      status: response.statusCode,
      retryAfter: response.headers["retry-after"] !== undefined,
      problem: String(response.headers["content-type"]).startsWith("application/problem+json"),
      error: undefined,
    });
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    recorder.add({ ...answer, doneAt: now(), status: undefined, error: code ?? message });
  }
  inFlight--;
}

function report(message: LoadReport): void {
  port.postMessage(message);
}

async function stop(): Promise<void> {
  clearInterval(ticking);
  clearInterval(reporting);
  const stoppedAt = now();
  const { promise, resolve } = Promise.withResolvers<void>();
  const poll = setInterval(() => inFlight === 0 && resolve(), 10);
  await promise;
  clearInterval(poll);
  report({ type: "stopped", recording: recorder.close(stoppedAt), unsent });
  port.close();
  await Promise.all(agents.map((agent) => agent.close()));
}

function burst(paths: string[], times: number): void {
  const time = now();
  for (const path of paths) {
    for (let visitor = 0; visitor < times; visitor++) void send("read", time, path);
  }
}

function setRate(kind: Kind, rate: number): void {
  rates[kind] = rate;
  nextDue[kind] = now();
}

recorder.enter(settings.phase, startedAt);
const ticking = setInterval(tick, TICK_MS);
const reporting = setInterval(() => {
  report({ type: "progress", sent: recorder.sent, failed: recorder.failed, shed: recorder.shed });
}, REPORT_MS);

port.on("message", (command: LoadCommand) => {
  if (command.type === "rate") setRate("read", command.rate);
  else if (command.type === "burst") burst(command.paths, command.times);
  else if (command.type === "phase") recorder.enter(command.name, now());
  else void stop();
});

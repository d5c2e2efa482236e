import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { embeddedMetrics } from "../../../api/src/plugins/telemetry.ts";
import { freePort, LOOPBACK } from "../../../local/ports.ts";
import { EmbeddedMetrics } from "../../../preview/alarms/embedded-metrics.ts";
import { Measurement } from "../../../preview/alarms/measurement.ts";
import { MetricStore } from "../../../preview/alarms/metric-store.ts";
import { type Blueprint, readBlueprint } from "../../../preview/blueprint/index.ts";
import { drawDashboard } from "../../../preview/dashboards/draw.ts";
import { DatabaseEndpoint, ENDPOINT_HOSTS } from "../../../preview/database-endpoint.ts";
import { deploymentChanged, taskStopped } from "../../../preview/service/ecs-events.ts";
import { synthesise } from "../stack-json.ts";

let blueprint: Blueprint;
let folder: string;
before(async () => {
  blueprint = readBlueprint(await synthesise());
  folder = await mkdtemp(join(tmpdir(), "preview-measurement-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const SERVICE_METRICS = [
  "Requests",
  "Writes",
  "WritesFailed",
  "WritesRefused",
  "CacheHits",
  "CacheMisses",
  "CacheStale",
  "DatabaseSilent",
  "NotificationsDown",
  "LatencyP99",
];
const line = (value: number) =>
  `${embeddedMetrics(
    blueprint.service.container.environment.SERVICE_NAME!,
    SERVICE_METRICS.map((name) => [name, "Count", value] as const),
  )}\n`;

/** Parts that do nothing, and what has been emitted of them. */
function measured(status: "available" | "unavailable" = "available") {
  const emitted = new Map<string, number[]>();
  const store = new MetricStore(blueprint.emitted, 1);
  const record = store.record.bind(store);
  store.record = (identity, value) => {
    record(identity, value);
    emitted.set(identity, [...(emitted.get(identity) ?? []), value]);
  };
  const task = { id: "1", memory: 2 ** 29, logFile: join(folder, "task.log") };
  const service = { onEvent: (_: object) => {}, running: [task], desired: 2 };
  const parts = {
    blueprint,
    meter: { onResponse: (_: number) => {} },
    balancer: { onResponse: (_: object) => {}, targetGroup: { targets: [{ health: "healthy" }] } },
    fleet: { all: [service], tasks: [task] },
    database: { status, writer: { connections: 3 }, reader: { connections: 7 } },
  };
  const measurement = new Measurement(
    parts as unknown as ConstructorParameters<typeof Measurement>[0],
    store,
  );
  const of = (end: string) =>
    [...emitted].filter(([identity]) => identity.includes(end)).flatMap(([, values]) => values);
  return { ...parts, service, measurement, emitted, of };
}

describe("the measurement", () => {
  it("emits every series that an alarm may watch, and no other", async () => {
    const { meter, balancer, service, measurement, emitted, of } = measured();
    await writeFile(join(folder, "task.log"), line(5));
    for (const status of [200, 404, 503]) meter.onResponse(status);
    balancer.onResponse({ by: "rule" });
    balancer.onResponse({ by: "balancer", hadTarget: false });
    balancer.onResponse({ by: "balancer", hadTarget: true });
    balancer.onResponse({ by: "nobody", hadTarget: true });
    balancer.onResponse({ by: "target", hadTarget: true, status: 500, seconds: 0.5 });
    for (const code of ["TaskFailedToStart", "SpotInterruption", "ServiceSchedulerInitiated"] as const)
      service.onEvent(taskStopped(blueprint.service, "1", code, "because"));
    for (const change of ["IN_PROGRESS", "COMPLETED", "FAILED"] as const)
      service.onEvent(deploymentChanged(blueprint.service, change));
    measurement.second([30], { writer: 10, reader: 20 });
    measurement.minute();
    assert.deepEqual([...emitted.keys()].sort(), [...blueprint.emitted.keys()].sort());
    assert.deepEqual(of("5xxErrorRate"), [0, 0, 100]);
    assert.deepEqual(of("4xxErrorRate"), [0, 100, 0]);
    assert.equal(of("HTTPCode_ELB_5XX_Count").length, 2);
    assert.equal(
      of("ApplicationELB/RequestCount of LoadBalancer").length,
      6,
      "three, by each of two sets of dimensions",
    );
    assert.deepEqual(of("deployment-failures"), [1]);
    assert.deepEqual(of("spot-interruptions"), [1]);
    assert.deepEqual(of("task-failures"), [1]);
    assert.deepEqual(of("MemoryUtilization"), [25, 25]);
    assert.deepEqual(of("RDS/DatabaseConnections"), [3, 3, 7, 7]);
  });

  it("emits nothing of a database that is away", () => {
    const { measurement, emitted } = measured("unavailable");
    measurement.second([30], undefined);
    assert.deepEqual(
      [...emitted.keys()].filter((identity) => identity.startsWith("AWS/RDS")),
      [],
    );
  });
});

describe("the tasks' embedded metrics", () => {
  it("are taken in once each, when their line is whole, also of a task that has stopped", async () => {
    const logFile = join(folder, "growing.log");
    const task = { id: "2", logFile };
    const store = new MetricStore(blueprint.emitted, 10);
    const logs = new EmbeddedMetrics(blueprint.emitted, store);
    const [requests] = [...blueprint.emitted.keys()].filter((identity) =>
      identity.startsWith("CatalogApi/Requests"),
    );
    const minute = () => {
      store.closeMinute();
      return store.statistic(requests!, "Sum", 1);
    };
    await writeFile(logFile, `{"message":"listening"}\n${line(5)}${line(7).slice(0, 40)}`);
    logs.read([task]);
    assert.equal(minute(), 5);
    await appendFile(logFile, line(7).slice(40));
    logs.read([task]);
    assert.equal(minute(), 7);
    await appendFile(logFile, line(1));
    logs.read([]);
    assert.equal(minute(), 1);
    await appendFile(logFile, line(1));
    logs.read([]);
    assert.equal(minute(), undefined);
  });
});

describe("an endpoint of the database", () => {
  let server: Server;
  let endpoint: DatabaseEndpoint;
  let port: number;
  before(async () => {
    const serverPort = await freePort();
    server = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(serverPort, LOOPBACK);
    endpoint = new DatabaseEndpoint("READER", serverPort);
    port = await freePort();
    await endpoint.open(port);
  });
  after(async () => {
    await endpoint.close();
    server.close();
  });

  const dial = () => connect(port, ENDPOINT_HOSTS.READER);
  const next = (socket: ReturnType<typeof dial>) =>
    new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));

  it("passes on what is sent, late where it is told to, and in order when it no longer is", async () => {
    const socket = dial();
    socket.write("now");
    assert.equal(await next(socket), "now");
    assert.equal(endpoint.connections, 1);
    assert.equal(endpoint.clientPorts.length, 1);
    endpoint.delayMs = 300;
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk;
    });
    socket.write("a");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(heard, "", "it is held up");
    endpoint.delayMs = 0;
    socket.write("b");
    while (heard.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(heard, "ab");
    socket.destroy();
  });

  it("cuts what is open and refuses what comes while it is closed", async () => {
    const socket = dial();
    socket.write("x");
    await next(socket);
    const cut = new Promise((resolve) => socket.once("close", resolve));
    await endpoint.close();
    await cut;
    assert.equal(endpoint.connections, 0);
    const refused = dial();
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => refused.once("error", resolve));
    assert.equal(error.code, "ECONNREFUSED");
    await endpoint.open(port);
  });
});

describe("a dashboard", () => {
  it("is drawn with its alarms by their states, its graphs, and what AWS alone measures", () => {
    const [name] = blueprint.alarms.metric.map((alarm) => alarm.name);
    assert.equal(blueprint.dashboards.length, 2);
    for (const dashboard of blueprint.dashboards) {
      const svg = drawDashboard(dashboard, {
        minutes: 3,
        values: ({ identity }) => (blueprint.emitted.has(identity) ? [1, undefined, 3] : undefined),
        stateOf: (alarm) => (alarm === name ? "ALARM" : "OK"),
      });
      for (const widget of dashboard.widgets) {
        if (widget.type === "metric")
          assert.ok(svg.includes(`>${widget.title.replaceAll(">", "&#62;")}<`), widget.title);
        if (widget.type !== "alarm") continue;
        for (const alarm of widget.alarms) assert.ok(svg.includes(`>${alarm}<`), alarm);
      }
      const ringing = svg.match(/class="chip ALARM"/g)?.length ?? 0;
      const shown = dashboard.widgets.some(
        (widget) => widget.type === "alarm" && widget.alarms.includes(name!),
      );
      assert.equal(ringing, Number(shown));
      assert.match(svg, /: AWS alone</);
      assert.match(svg, /<path class="line main" d="M\d/);
      assert.ok(!svg.includes("NaN") && !svg.includes("undefined"));
    }
  });
});

/** The picture of what runs: edge, balancer, tasks, database, scaler. */
import { byId, keyed, make, setAttribute, setText } from "./dom.js";
import { age, count, percent, percentOf, size } from "./format.js";

/**
 * @typedef {import("../contract/index.ts").Snapshot} Snapshot
 * @typedef {import("../contract/index.ts").TaskSnapshot} TaskSnapshot
 * @typedef {import("../contract/index.ts").Point} Point
 */

/** A stopped task stays in sight this long. */
const LINGER_MS = 4_000;

/**
 * @param {Snapshot} snapshot
 * @param {Point | undefined} point the last finished second
 */
export function showTopology(snapshot, point) {
  showEdge(snapshot, point);
  showBalancer(snapshot, point);
  showTasks(snapshot);
  showScaler(snapshot);
  showDatabase(snapshot);
}

/**
 * @param {Snapshot} snapshot
 * @param {Point | undefined} point
 */
function showEdge({ edge }, point) {
  const link = byId("edge-link");
  setText(link, edge.url.replace("http://", ""));
  setAttribute(link, "href", `${edge.url}/v1/products`);
  setText(byId("edge-hits"), percentOf(edge.hitRatio));
  byId("edge-bar").style.width = `${(edge.hitRatio ?? 0) * 100}%`;
  setText(byId("edge-requests"), point ? `${count(point.requests)} /s` : "–");
  setText(byId("edge-in-flight"), count(edge.inFlight));
  setText(byId("edge-objects"), `${count(edge.objects)} · ${size(edge.bytes)}`);
  setAttribute(byId("edge"), "title", edge.address);
  showLink("link-balancer", point?.originRequests, "to the origin");
}

/**
 * @param {Snapshot} snapshot
 * @param {Point | undefined} point
 */
function showBalancer({ balancer, service, standby }, point) {
  setText(byId("balancer-url"), balancer.url.replace("http://", ""));
  const desired = standby.reduce((sum, each) => sum + each.desired, service.desired);
  setText(byId("balancer-healthy"), `${balancer.healthy} of ${desired}`);
  setText(byId("balancer-in-flight"), count(balancer.inFlight));
  setText(byId("balancer-algorithm"), balancer.algorithm.replaceAll("_", " "));
  const node = byId("balancer");
  setAttribute(node, "title", balancer.address);
  node.classList.toggle("bad", balancer.healthy === 0);
  showLink("link-service", point?.originRequests, "to the tasks");
}

/**
 * @param {string} id
 * @param {number | undefined} rate
 * @param {string} where
 */
function showLink(id, rate, where) {
  const label = byId(id);
  setText(label, rate === undefined ? "–" : `${count(rate)} /s`);
  setAttribute(label, "aria-label", `${rate ?? 0} requests a second ${where}`);
  label.parentElement?.classList.toggle("flowing", Boolean(rate));
}

/** @param {Snapshot} snapshot */
function showTasks({ at, tasks, service }) {
  const shown = tasks.filter(
    ({ status, stoppedAt }) => status !== "STOPPED" || at - (stoppedAt ?? 0) < LINGER_MS,
  );
  // The oldest first, so that tasks keep their places.
  shown.sort((a, b) => a.startedAt - b.startedAt || a.id.localeCompare(b.id));
  keyed(
    byId("tasks"),
    shown,
    ({ id }) => id,
    createTask,
    (element, task) => updateTask(element, task, at),
  );
  setAttribute(byId("service"), "title", service.address);
  const rolling = service.deployments.find(({ rollout }) => rollout === "IN_PROGRESS");
  const chip = byId("service-deployment");
  setText(chip, rolling ? describe(rolling) : "");
  chip.classList.toggle("warn", Boolean(rolling && (rolling.failed > 0 || rolling.rollback)));
}

/** @param {Snapshot["service"]["deployments"][number]} deployment */
function describe({ revision, rollback, failed, failureThreshold, running, desired }) {
  const failures = failed > 0 ? `, ${failed} of ${failureThreshold} failures` : "";
  return `${rollback ? "rolling back to" : "rolling out"} revision ${revision}: ${running} of ${desired}${failures}`;
}

/** @param {TaskSnapshot} task */
function createTask({ id }) {
  return make(
    "li",
    { class: "task" },
    make("p", { class: "name" }, make("b", {}, id), make("span", { class: "health" })),
    make("p", { class: "meter", "aria-hidden": "true" }, make("i")),
    make("p", { class: "figures" }, ...Array.from({ length: 4 }, () => make("span"))),
  );
}

/**
 * @param {HTMLElement} element
 * @param {TaskSnapshot} task
 * @param {number} at
 */
function updateTask(element, task, at) {
  const [health, bar] = [".health", "i"].map((part) => element.querySelector(part));
  const life = task.status === "RUNNING" ? task.health : task.status.toLowerCase();
  element.className = `task ${life}`;
  setText(/** @type {Element} */ (health), life);
  /** @type {HTMLElement} */ (bar).style.width = `${Math.min(100, task.cpuPercent)}%`;
  const figures = [
    `CPU ${percent(task.cpuPercent)}`,
    `${task.inFlight} in flight`,
    `revision ${task.revision}`,
    age((task.stoppedAt ?? at) - task.startedAt),
  ];
  element.querySelectorAll(".figures span").forEach((span, index) => {
    setText(span, figures[index] ?? "");
  });
  setAttribute(
    element,
    "title",
    [
      task.address,
      `process ${task.pid ?? "–"}`,
      size(task.memory),
      `${count(task.served)} served`,
      task.reason,
    ]
      .filter(Boolean)
      .join("\n"),
  );
}

/** @param {Snapshot} snapshot */
function showScaler({ at, scaler, service }) {
  const cooling = scaler.coolingDownUntil && scaler.coolingDownUntil > at;
  setText(
    byId("scaler-state"),
    `CPU ${percent(scaler.cpuPercent)}, target ${percent(scaler.target)} · ` +
      `${service.running} running, ${scaler.desired} desired, ${scaler.minimum} to ${scaler.maximum}` +
      (cooling ? ` · cooling down ${age((scaler.coolingDownUntil ?? at) - at)}` : ""),
  );
  byId("scaler-bar").style.width = `${Math.min(100, scaler.cpuPercent ?? 0)}%`;
  byId("scaler-target").style.left = `${Math.min(100, scaler.target)}%`;
  const node = byId("scaler");
  node.classList.toggle("hot", (scaler.cpuPercent ?? 0) > scaler.target);
  setAttribute(node, "title", scaler.address);
}

/** @param {Snapshot} snapshot */
function showDatabase({ database }) {
  const node = byId("database");
  setAttribute(node, "title", database.address);
  node.classList.toggle("bad", database.status !== "available");
  setText(byId("database-status"), database.status);
  setText(byId("database-engine"), database.engine);
  setText(byId("database-roles"), database.roles.join(", "));
  const up = database.status === "available";
  const button = byId("database-switch");
  setText(button, up ? "Kill the database" : "Bring the database back");
  setAttribute(button, "data-action", up ? "killDatabase" : "startDatabase");
}

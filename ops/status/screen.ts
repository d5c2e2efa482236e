/** A status on one screen. */
import { styleText } from "node:util";
import { alignColumns } from "../../cli/table.ts";
import type { Status } from "./read.ts";

const good = (text: string) => styleText("green", text);
const bad = (text: string) => styleText("red", text);
const dim = (text: string) => styleText("dim", text);
const heading = (text: string) => styleText("bold", text);

/** Whether there is something that somebody should look at. */
export function isUnwell({ service, targets, alarms, database }: Status): boolean {
  return (
    !service ||
    service.running < service.desired ||
    (service.desired > 0 && targets.length === 0) ||
    targets.some(({ state }) => state === "unhealthy") ||
    alarms.some(({ state }) => state === "ALARM") ||
    database.instances.some(({ status }) => status !== "available") ||
    database.instances.length === 0
  );
}

/** @param now for ages. @default Date.now */
export function screen(status: Status, now = Date.now()): string {
  const { suffix, service, tasks, targets, database, alarms, ended } = status;
  if (!service) return `'${suffix}' has no service: it is not deployed, or its apply has not come that far.`;
  const age = (time: string) => (time ? ago(now - Date.parse(time)) : "");
  const enough = service.running >= service.desired;
  const bounds =
    service.minimum === undefined ? "not scaled" : `scales from ${service.minimum} to ${service.maximum}`;
  const on = alarms.filter(({ state }) => state === "ALARM");
  const healthy = targets.filter(({ state }) => state === "healthy").length;
  const sections = [
    `${heading(`Environment ${suffix}`)}  ${dim(status.at)}`,
    `${heading("Tasks")}     ${(enough ? good : bad)(`${service.running} of ${service.desired} run`)}, ${service.pending} starting; ${bounds}`,
    ...table(
      tasks.map((task) => [
        task.id.slice(0, 12),
        task.zone,
        task.revision,
        task.spot ? "Spot" : "on demand",
        task.state,
        age(task.since),
      ]),
    ),
    `${heading("Targets")}   ${(healthy >= service.desired ? good : bad)(`${healthy} of ${targets.length} healthy`)}`,
    ...table(
      targets
        .filter(({ state }) => state !== "healthy")
        .map(({ target, state, reason }) => [target, bad(state), reason]),
    ),
    `${heading("Database")}  Aurora PostgreSQL ${database.version}, ${database.status === "available" ? good(database.status) : bad(database.status)}`,
    ...table(
      database.instances.map((each) => [
        each.role,
        each.name,
        each.instanceClass,
        each.zone,
        each.status === "available" ? good(each.status) : bad(each.status),
        each.lagMs === undefined ? "" : `${Math.round(each.lagMs)} ms behind`,
        each.credits === undefined ? "" : `${Math.round(each.credits)} credits`,
      ]),
    ),
    `${heading("Alarms")}    ${on.length === 0 ? good(`${alarms.length} alarms, none is on`) : bad(`${on.length} of ${alarms.length} are on`)}`,
    ...table(on.map(({ name, reason }) => [bad(name), reason])),
    heading("Deployments"),
    ...table(
      service.deployments.map((each) => [
        each.revision,
        each.state,
        `${each.running} running`,
        `${each.failed} failed`,
        age(each.since),
      ]),
    ),
    heading("Ended in the last hour"),
    ...(ended.length === 0
      ? [dim("  none")]
      : table(
          ended
            .slice(0, 5)
            .map(({ id, at, reason, interrupted }) => [
              id.slice(0, 12),
              age(at),
              interrupted ? bad(reason) : reason,
            ]),
        )),
    heading("Events"),
    ...table(service.events.map(({ at, message }) => [age(at), message])),
  ];
  return sections.join("\n");
}

const table = (rows: readonly string[][]): string[] => alignColumns(rows).map((line) => `  ${line}`);

const MINUTE_MS = 60_000;

/** `12 s`, `5 min`, `3 h`, `2 d`. */
function ago(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 60 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  if (ms < 48 * 60 * MINUTE_MS) return `${Math.round(ms / (60 * MINUTE_MS))} h`;
  return `${Math.round(ms / (24 * 60 * MINUTE_MS))} d`;
}

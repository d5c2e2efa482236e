/** Listens to each part of the preview, and emits what its counterpart in AWS emits. */
import type { BalancerResponse } from "../balancer/balancer.ts";
import { dimensionsOfService } from "../blueprint/dimensions.ts";
import { type Dimensions, identityOf } from "../blueprint/emitted.ts";
import { matchesPattern } from "../blueprint/event-pattern.ts";
import type { Blueprint } from "../blueprint/index.ts";
import type { Parts } from "../parts.ts";
import type { EcsEvent } from "../service/ecs-events.ts";
import { EmbeddedMetrics } from "./embedded-metrics.ts";
import type { MetricStore } from "./metric-store.ts";

/** What the instances of the database use of theirs, in percent; undefined while nothing can be asked. */
export interface DatabaseCpu {
  writer: number;
  reader: number;
}

type MeasuredParts = Pick<Parts, "blueprint" | "meter" | "balancer" | "database" | "fleet">;

export class Measurement {
  readonly #parts: MeasuredParts;
  readonly #store: MetricStore;
  readonly #logs: EmbeddedMetrics;
  /** As of the last second. */
  #cpuPercents: readonly (number | undefined)[] = [];
  #databaseCpu: DatabaseCpu | undefined;

  constructor(parts: MeasuredParts, store: MetricStore) {
    this.#parts = parts;
    this.#store = store;
    this.#logs = new EmbeddedMetrics(parts.blueprint.emitted, store);
    parts.meter.onResponse = (status) => this.#edgeResponse(status);
    parts.balancer.onResponse = (answer) => this.#balancerResponse(answer);
    for (const service of parts.fleet.all) service.onEvent = (event) => this.#event(event);
  }

  /** Takes what is looked at once a second. @param cpuPercents of each service: mean of its tasks', of their own */
  second(cpuPercents: readonly (number | undefined)[], databaseCpu: DatabaseCpu | undefined): void {
    this.#cpuPercents = cpuPercents;
    this.#databaseCpu = databaseCpu;
    this.#gauges();
  }

  /** At the end of a minute of the stack's, which may be shorter than a second of this machine's. */
  minute(): void {
    this.#gauges();
    this.#logs.read(this.#parts.fleet.tasks);
  }

  #gauges(): void {
    const { balancer, database } = this.#parts;
    const { targets } = balancer.targetGroup;
    const having = (health: string) => targets.filter((target) => target.health === health).length;
    this.#emit("targets", "AWS/ApplicationELB", "HealthyHostCount", having("healthy"));
    this.#emit("targets", "AWS/ApplicationELB", "UnHealthyHostCount", having("unhealthy"));
    this.#services();
    if (database.status !== "available") return; // an instance that is away emits nothing
    this.#emit("writer", "AWS/RDS", "DatabaseConnections", database.writer.connections);
    this.#emit("reader", "AWS/RDS", "DatabaseConnections", database.reader.connections);
    this.#emit("writer", "AWS/RDS", "CPUUtilization", this.#databaseCpu?.writer);
    this.#emit("reader", "AWS/RDS", "CPUUtilization", this.#databaseCpu?.reader);
  }

  #services(): void {
    const { blueprint, fleet } = this.#parts;
    const settings = [blueprint.service, ...blueprint.standby.map(({ service }) => service)];
    for (const [index, { running, desired }] of fleet.all.entries()) {
      const { container } = settings[index]!;
      const dimensions = dimensionsOfService(settings[index]!);
      const emit = (namespace: string, metricName: string, value: number | undefined) =>
        this.#record(namespace, metricName, dimensions, value);
      emit("ECS/ContainerInsights", "RunningTaskCount", running.length);
      emit("ECS/ContainerInsights", "DesiredTaskCount", desired);
      emit("AWS/ECS", "CPUUtilization", this.#cpuPercents[index]);
      const bytes = container.memoryMiB * 2 ** 20;
      for (const { memory } of running)
        if (memory > 0) emit("AWS/ECS", "MemoryUtilization", (100 * memory) / bytes);
    }
  }

  #edgeResponse(status: number): void {
    this.#emit("edge", "AWS/CloudFront", "Requests", 1);
    this.#emit("edge", "AWS/CloudFront", "4xxErrorRate", status >= 400 && status < 500 ? 100 : 0);
    this.#emit("edge", "AWS/CloudFront", "5xxErrorRate", status >= 500 ? 100 : 0);
  }

  /** `RequestCount` leaves out what no target was chosen for. */
  #balancerResponse(answer: BalancerResponse): void {
    const emit = (metricName: string) => this.#emit("balancer", "AWS/ApplicationELB", metricName, 1);
    if (answer.by === "rule") emit("HTTP_Fixed_Response_Count");
    if (answer.by === "balancer") emit("HTTPCode_ELB_5XX_Count");
    if (answer.by === "rule" || !answer.hadTarget) return;
    emit("RequestCount");
    this.#emit("targets", "AWS/ApplicationELB", "RequestCount", 1);
    if (answer.by !== "target") return;
    this.#emit("targets", "AWS/ApplicationELB", "TargetResponseTime", answer.seconds);
    if (answer.status >= 500) this.#emit("targets", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", 1);
  }

  #event(event: EcsEvent): void {
    for (const { name, pattern } of this.#parts.blueprint.eventRules)
      if (matchesPattern(pattern, event))
        this.#store.record(identityOf("AWS/Events", "MatchedEvents", { RuleName: name }), 1);
  }

  #emit(
    part: keyof Blueprint["dimensions"],
    namespace: string,
    metricName: string,
    value: number | undefined,
  ): void {
    this.#record(namespace, metricName, this.#parts.blueprint.dimensions[part], value);
  }

  #record(namespace: string, metricName: string, dimensions: Dimensions, value: number | undefined): void {
    if (value !== undefined) this.#store.record(identityOf(namespace, metricName, dimensions), value);
  }
}

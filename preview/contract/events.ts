/** The event log: what happened, to which resource of the stack. */
import type { Point } from "./snapshot.ts";

export type EventLevel = "info" | "good" | "warn" | "bad";

export const eventKinds = [
  "preview.ready",
  "preview.stopping",
  "database.starting",
  "database.available",
  "database.unavailable",
  "database.seeded",
  "task.started",
  "task.stopping",
  "task.stopped",
  "task.failed",
  "task.interrupted",
  "target.registered",
  "target.healthy",
  "target.unhealthy",
  "target.draining",
  "target.drained",
  "deployment.started",
  "deployment.completed",
  "deployment.failed",
  "deployment.rollback",
  "service.steady",
  "service.throttled",
  "scaler.out",
  "scaler.in",
  "scaler.alarm",
  "scaler.scheduled",
  "edge.flushed",
  "edge.originError",
  "alarm.rang",
  "alarm.over",
  "clock.speed",
] as const;
export type EventKind = (typeof eventKinds)[number];

export interface PreviewEvent {
  /** Increases by one with each event of this run. */
  sequence: number;
  at: number;
  kind: EventKind;
  level: EventLevel;
  /** Address of the resource in the synthesised stack that this is about, e.g. `aws_ecs_service.Api_Service_1A2B`. */
  address: string;
  /** One plain sentence for a person. */
  message: string;
  /** Set when it is about one task. */
  task?: string;
  /** Figures and reasons for machines, e.g. `{ from: 2, to: 4, cpuPercent: 83 }`. */
  detail?: Record<string, string | number | boolean | undefined>;
}

export interface PreviewEvents {
  /** Each entry of the event log as it is written. */
  event: [PreviewEvent];
  /** Each finished second. */
  point: [Point];
}

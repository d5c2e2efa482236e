/**
 * What the preview shows and what can be done to it: the one contract between the engine (which fills it), the page
 * and the drills (which read it). Everything here is plain data that survives `JSON.stringify`, except {@link Preview}.
 *
 * Times are milliseconds since the epoch on this machine's clock, also when the stack's clocks run faster (`speed`).
 */
export { controlRoutes, type RunFile } from "./control.ts";
export type {
  EventKind,
  EventLevel,
  PreviewEvent,
  PreviewEvents,
} from "./events.ts";
export type {
  DatabaseConnection,
  DrillRunner,
  Preview,
  PreviewOptions,
  StopOptions,
  TaskDefinitionChange,
} from "./preview.ts";
export type {
  AlarmSnapshot,
  DeploymentSnapshot,
  Point,
  Snapshot,
  TargetHealth,
  TaskSnapshot,
  TaskStatus,
} from "./snapshot.ts";

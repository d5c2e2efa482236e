/** How another process finds and asks the control server. */

/** Routes of the control server, under `Preview.controlUrl`. */
export const controlRoutes = {
  /** `GET`: a `Snapshot`. */
  snapshot: "/api/snapshot",
  /** `GET`: `Point`s; `?since=`. */
  points: "/api/points",
  /** `GET`: `PreviewEvent`s; `?after=`. */
  log: "/api/log",
  /** `GET`: server-sent events named `snapshot` (each second), `point`, `event`; each `data:` one JSON value. */
  stream: "/api/stream",
  /**
   * `POST` with the header `x-preview-token` (from the page's `<meta name="preview-token">`) and a JSON body:
   * `interruptTasks {count}`, `killDatabase {}`, `startDatabase {}`, `deploy {environment?, command?}`,
   * `flushEdgeCache {}`, `setSpeed {factor}`, `setDesiredCount {count}`, e.g. `POST /api/action/interruptTasks`.
   * Answers 202 at once: what happens is in the event log.
   */
  action: "/api/action/",
  /**
   * `GET`: `DrillRunner.state`; `GET /api/drill/NAME`: `DrillRunner.result`; `POST /api/drill/NAME` starts one and `DELETE /api/drill/NAME` ends it early
   * (same header). 404 for an unknown name, 409 while another is under way.
   */
  drill: "/api/drill/",
  /** `GET /dashboard/NAME.svg`: one of the stack's dashboards, by its name, as it is now. */
  dashboard: "/dashboard/",
  // Every other `GET` is a file of the page: page-files.ts.
} as const;

/**
 * `run.json` in the state folder: written once the preview is ready and removed when it stops, so that
 * `bin/catalog drill` finds a running preview.
 */
export interface RunFile {
  pid: number;
  controlUrl: string;
  edgeUrl: string;
}

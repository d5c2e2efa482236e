import { join } from "node:path";

export const STATE_FOLDER = ".preview";

/** What a preview is when nothing else is asked for. */
export const DEFAULTS = {
  stateFolder: join(import.meta.dirname, "..", STATE_FOLDER),
  /** Of the edge; balancer and page take the next two. */
  port: 8080,
  /** How many times faster the stack's clocks run. */
  speed: 10,
  /** Size of the sample catalogue of a new database. */
  products: 2000,
} as const;

import { UserError } from "../aws/core/index.ts";
import { checkImage, IMAGE } from "./image.ts";
import { flag, integer, oneOf, optional, type SettingTable, schedules } from "./kinds.ts";

/** The image, what its tasks are told, and how many of them run. */
export const SERVICE = {
  containerImage: optional({
    variable: "CONTAINER_IMAGE",
    pattern: IMAGE,
    check: checkImage,
    range: "an image by its version or digest, as registry/repository:1.0.0 or registry/repository@sha256:…",
    description: "The API's image; a plan without it is refused",
  }),
  cpuArchitecture: oneOf({
    variable: "CPU_ARCHITECTURE",
    fallback: "X86_64",
    values: ["X86_64", "ARM64"],
    description: "What the image was built for",
  }),
  onDemandBaseTasks: integer({
    variable: "ON_DEMAND_BASE_TASKS",
    fallback: 0,
    range: [0, 10],
    description:
      "Tasks on FARGATE before any is on FARGATE_SPOT, since nothing replaces Spot capacity that AWS has withdrawn",
  }),
  spotFallbackTasks: integer({
    variable: "SPOT_FALLBACK_TASKS",
    fallback: 0,
    range: [0, 8],
    description:
      "Tasks that a second service starts on FARGATE while Spot gives fewer than should run, and stops when it gives them again; none runs until then. MAX_TASKS counts both",
  }),
  enableExecuteCommand: flag({
    variable: "ENABLE_EXECUTE_COMMAND",
    description: "Shells in running tasks (ECS Exec); makes the root file system writable",
  }),
  logLevel: oneOf({
    variable: "LOG_LEVEL",
    fallback: "info",
    values: ["trace", "debug", "info", "warn", "error"],
    description: "Log level of the API",
  }),
  listCurrency: optional({
    variable: "LIST_CURRENCY",
    pattern: /^[A-Z]{3}$/,
    range: "an ISO 4217 code in capitals, as EUR",
    description:
      "Currency that lists and sorts use; can be chosen while the catalogue is empty. Unset, it stays what the catalogue has, EUR in a new one",
  }),
  corsOrigins: optional({
    variable: "CORS_ORIGINS",
    pattern: /^(\*|https?:\/\/[\w.:[\]-]+(,\s*https?:\/\/[\w.:[\]-]+)*)$/,
    check: checkOrigins,
    range: "origins such as https://shop.example.com, without a path, comma-separated, or *",
    description: "Origins whose pages may read the API's answers in browsers (CORS)",
  }),
  apiReference: oneOf({
    variable: "API_REFERENCE",
    fallback: "on",
    values: ["on", "off"],
    description: "The API's reference page at /docs; its document at /openapi.json stays either way",
  }),

  minTasks: integer({
    variable: "MIN_TASKS",
    fallback: 2,
    range: [2, 10],
    description: "Tasks that always run",
  }),
  maxTasks: integer({
    variable: "MAX_TASKS",
    fallback: 10,
    range: [2, 10],
    description: "Tasks that run at most",
  }),
  cpuTargetPercent: integer({
    variable: "CPU_TARGET_PERCENT",
    fallback: 60,
    range: [10, 90],
    description: "CPU utilisation that scaling aims at, in per cent",
  }),
  scaleOutCooldownSeconds: integer({
    variable: "SCALE_OUT_COOLDOWN_SECONDS",
    fallback: 60,
    range: [0, 3600],
    description: "Pause after tasks were added",
  }),
  scaleInCooldownSeconds: integer({
    variable: "SCALE_IN_COOLDOWN_SECONDS",
    fallback: 300,
    range: [0, 3600],
    description: "Pause after tasks were removed",
  }),
  scheduledMinimums: schedules({
    variable: "SCHEDULED_MINIMUMS",
    description: "Minimums for a known sale, in UTC, as `cron(0 5 27 11 ? 2027)=6; cron(0 1 1 12 ? 2027)=2`",
  }),
} as const satisfies SettingTable;

/** ECS takes a task definition of 64 KiB at most, and the rest of it needs its room. */
const LONGEST_LIST = 10_000;

/** What the API itself refuses, so that its tasks would not start: an origin is as browsers send it. */
function checkOrigins(list: string): void {
  if (list.length > LONGEST_LIST)
    throw new UserError(
      `its ${list.length} characters do not fit into a task definition: use ${LONGEST_LIST} at most.`,
    );
  const wrong = list
    .split(",")
    .map((text) => text.trim())
    .find((text) => text !== "*" && !(URL.canParse(text) && new URL(text).origin === text));
  if (wrong !== undefined)
    throw new UserError(
      `'${wrong}' is not as browsers send it: use lower case, no path, and no port that the scheme has anyway.`,
    );
}

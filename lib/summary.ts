import type { Settings } from "./settings.ts";

/** What a synthesis has written, where its state will be, what is open, and what comes next: a line each. */
export function summary(settings: Settings, folder = "cdktf.out"): string {
  const { environmentSuffix: suffix, stateBucket, stateLockTable } = settings;
  const state = stateBucket
    ? `in the bucket ${stateBucket}, locked by ${stateLockTable}`
    : "a file on this machine: set STATE_BUCKET before anybody else deploys";
  const open = [
    !settings.containerImage && "CONTAINER_IMAGE is not set, so a plan is refused",
    !settings.originCertificateArn &&
      "no certificate at the origin, so that write keys travel in clear behind the edge (ORIGIN_CERTIFICATE_ARN)",
    !settings.alarmEmail && "alarms tell nobody (ALARM_EMAIL)",
    settings.onDemandBaseTasks === 0 &&
      settings.spotFallbackTasks === 0 &&
      "nothing replaces Spot capacity that AWS withdraws: for a sale, set SPOT_FALLBACK_TASKS",
  ].filter((each) => typeof each === "string");
  return [
    `Wrote   ${folder}/stacks/TapStack/cdk.tf.json for the environment '${suffix}'`,
    `State   ${state}`,
    `Open    ${open.join("; ") || "nothing"}`,
    "Next    bin/catalog check, then bin/catalog plan",
    "",
  ].join("\n");
}

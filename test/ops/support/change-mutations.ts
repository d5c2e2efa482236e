import type { Mutation } from "./draft.ts";

/** For each rule about changes of a live environment, by its id, the one change that breaks it and no other. */
export const CHANGE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "rollback-fails-apply": (draft) => {
    delete draft.first("aws_ecs_service").lifecycle.postcondition;
  },
  "replaced-before-destroyed": (draft) => {
    delete draft.first("aws_secretsmanager_secret").lifecycle;
  },
  "own-policy-for-what-turns": (draft) =>
    draft.editJson(draft.first("aws_iam_role_policy", "ReadApiKeys"), "policy", ({ Statement }) => {
      Statement.push(structuredClone(Statement[0]));
    }),
  "listener-replaced-by-port": (draft) => {
    delete draft.first("aws_lb_listener").lifecycle.replace_triggered_by;
  },
  "edge-after-admission": (draft) => {
    draft.forget(draft.first("aws_cloudfront_distribution"), "aws_vpc_security_group_ingress_rule");
  },
  "version-moves-by-setting": (draft) => {
    draft.first("aws_rds_cluster").lifecycle.ignore_changes = [
      "snapshot_identifier",
      "engine_lifecycle_support",
    ];
  },
  "snapshot-counts-once": (draft) => {
    draft.first("aws_rds_cluster").lifecycle.ignore_changes = ["engine_version", "engine_lifecycle_support"];
  },
  "zones-by-name": (draft) => {
    const subnets = draft.all("aws_subnet");
    subnets.forEach((subnet, index) => {
      subnet.availability_zone = `\${element(data.aws_availability_zones.Zones.names, ${index % 2})}`;
    });
  },
  "maximum-not-scheduled": (draft) => {
    draft.first("aws_appautoscaling_target").lifecycle = { ignore_changes: ["max_capacity"] };
  },
};

import { z } from "zod";
import {
  block,
  dependsOn,
  exactly,
  name,
  reference,
  references,
  replacedFirst,
  tags,
  text,
} from "./schema.ts";

const certificate = z.string().regex(/^arn:aws[a-z-]*:acm:eu-north-1:\d{12}:certificate\/[0-9a-f-]+$/);

const listener = {
  lifecycle: block(
    z.strictObject({
      create_before_destroy: z.literal(true),
      replace_triggered_by: z.array(z.string()).length(1),
    }),
  ),
  load_balancer_arn: reference("aws_lb", "arn"),
  default_action: block(
    z.strictObject({
      type: z.literal("fixed-response"),
      fixed_response: block(
        z.strictObject({
          status_code: z.literal("403"),
          content_type: z.literal("text/plain"),
          message_body: text,
        }),
      ),
    }),
  ),
  tags,
};

export const balancer = {
  aws_lb: z.strictObject({
    name,
    load_balancer_type: z.literal("application"),
    internal: z.literal(false),
    subnets: references("aws_subnet", "id", [2, 2]),
    security_groups: references("aws_security_group", "id", [2, 2]),
    idle_timeout: exactly(60), // `keep-alive-order` compares it with both neighbours
    drop_invalid_header_fields: z.literal(true),
    desync_mitigation_mode: z.literal(["defensive", "strictest"]),
    enable_http2: z.literal(true),
    enable_deletion_protection: z.literal(false),
    access_logs: block(
      z.strictObject({
        bucket: reference("aws_s3_bucket", "(bucket|id)"),
        enabled: z.literal(true),
        prefix: z.string().regex(/^[a-z]+$/),
      }),
    ),
    depends_on: dependsOn,
    tags,
  }),
  aws_lb_listener: z.union([
    z.strictObject({ ...listener, port: exactly(80), protocol: z.literal("HTTP") }),
    z.strictObject({
      ...listener,
      port: exactly(443),
      protocol: z.literal("HTTPS"),
      certificate_arn: certificate,
      ssl_policy: z.string(), // `balancer-tls` judges it
    }),
  ]),
  aws_lb_listener_certificate: z.strictObject({
    listener_arn: reference("aws_lb_listener", "arn"),
    certificate_arn: certificate,
    lifecycle: replacedFirst,
  }),
  aws_lb_listener_rule: z.strictObject({
    lifecycle: replacedFirst,
    listener_arn: reference("aws_lb_listener", "arn"),
    priority: exactly(1),
    action: block(
      z.strictObject({
        type: z.literal("forward"),
        target_group_arn: reference("aws_lb_target_group", "arn"),
      }),
    ),
    // One condition: a second one could never be met, or would let only a part through.
    condition: block(
      z.strictObject({
        http_header: block(
          z.strictObject({
            http_header_name: z.literal("x-origin-verify"),
            values: z
              .array(reference("data.aws_secretsmanager_secret_version", "secret_string"))
              .min(1)
              .max(2),
          }),
        ),
      }),
    ),
    tags,
  }),
  aws_lb_target_group: z.strictObject({
    name,
    vpc_id: reference("aws_vpc", "id"),
    port: exactly(3000),
    protocol: z.literal("HTTP"),
    target_type: z.literal("ip"),
    deregistration_delay: exactly(30),
    load_balancing_algorithm_type: z.literal("least_outstanding_requests"),
    health_check: block(
      z.strictObject({
        enabled: z.literal(true),
        path: z.literal("/health"),
        port: z.literal("traffic-port"),
        protocol: z.literal("HTTP"),
        matcher: z.literal("200"),
        interval: exactly(30),
        timeout: exactly(5), // under the interval, else checks overlap
        healthy_threshold: exactly(2),
        unhealthy_threshold: exactly(2),
      }),
    ),
    lifecycle: replacedFirst,
    tags,
  }),
};

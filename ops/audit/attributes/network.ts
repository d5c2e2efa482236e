import { z } from "zod";
import {
  dependsOn,
  exactly,
  name,
  number,
  reference,
  references,
  replacedFirst,
  tags,
  text,
  zone,
} from "./schema.ts";

const vpcId = reference("aws_vpc", "id");
const routeTableId = reference("aws_route_table", "id");
const cidr = z.string().regex(/^\d+(\.\d+){3}\/\d+$/);
const port = number(z.literal([80, 443, 3000, 5432]));

/** Either a group or CloudFront's prefix list; `0.0.0.0/0` on the way out only. Which goes where is `reachability`'s to judge. */
const groupRule = {
  security_group_id: reference("aws_security_group", "id"),
  description: text,
  ip_protocol: z.literal("tcp"),
  from_port: port,
  to_port: port,
  referenced_security_group_id: reference("aws_security_group", "id").optional(),
  tags,
};

const ENDS = ["referenced_security_group_id", "prefix_list_id", "cidr_ipv4"];
/** AWS takes exactly one other end. */
const withOneEnd = <T extends z.ZodType>(schema: T) =>
  schema.refine(
    (given) => Object.keys(given as object).filter((key) => ENDS.includes(key)).length === 1,
    `name one of ${ENDS.join(", ")}`,
  );

export const network = {
  aws_vpc: z.strictObject({
    cidr_block: z.string().regex(/^\d+(\.\d+){3}\/1[678]$/),
    enable_dns_hostnames: z.literal(true),
    enable_dns_support: z.literal(true),
    tags,
  }),
  aws_subnet: z.strictObject({
    vpc_id: vpcId,
    availability_zone: zone,
    cidr_block: cidr,
    map_public_ip_on_launch: z.literal(false),
    tags,
  }),
  aws_internet_gateway: z.strictObject({ vpc_id: vpcId, tags }),
  aws_eip: z.strictObject({ domain: z.literal("vpc"), lifecycle: replacedFirst, tags }),
  aws_nat_gateway: z.strictObject({
    allocation_id: reference("aws_eip", "id"),
    subnet_id: reference("aws_subnet", "id"),
    lifecycle: replacedFirst,
    depends_on: dependsOn,
    tags,
  }),
  aws_route_table: z.strictObject({ vpc_id: vpcId, tags }),
  aws_route_table_association: z.strictObject({
    route_table_id: routeTableId,
    subnet_id: reference("aws_subnet", "id"),
  }),
  aws_route: z.union([
    z.strictObject({
      route_table_id: routeTableId,
      destination_cidr_block: z.literal("0.0.0.0/0"),
      nat_gateway_id: reference("aws_nat_gateway", "id"),
    }),
    z.strictObject({
      route_table_id: routeTableId,
      destination_cidr_block: z.literal("0.0.0.0/0"),
      gateway_id: reference("aws_internet_gateway", "id"),
      depends_on: dependsOn.optional(),
    }),
  ]),
  aws_vpc_endpoint: z.strictObject({
    vpc_id: vpcId,
    service_name: z.literal("com.amazonaws.eu-north-1.s3"),
    vpc_endpoint_type: z.literal("Gateway"),
    route_table_ids: references("aws_route_table", "id", [2, 2]),
    tags,
  }),
  aws_security_group: z.strictObject({ vpc_id: vpcId, name, description: text, tags }),
  aws_default_security_group: z.strictObject({ vpc_id: vpcId, tags }),
  aws_vpc_security_group_ingress_rule: withOneEnd(
    z.strictObject({
      ...groupRule,
      prefix_list_id: reference("data.aws_ec2_managed_prefix_list", "id").optional(),
      lifecycle: replacedFirst.optional(),
    }),
  ),
  aws_vpc_security_group_egress_rule: withOneEnd(
    z.strictObject({
      ...groupRule,
      cidr_ipv4: z.literal("0.0.0.0/0").optional(),
    }),
  ),
  aws_flow_log: z.strictObject({
    vpc_id: vpcId,
    iam_role_arn: reference("aws_iam_role", "arn"),
    log_destination: reference("aws_cloudwatch_log_group", "arn"),
    traffic_type: z.literal("ALL"),
    max_aggregation_interval: exactly(600),
    depends_on: dependsOn,
    tags,
  }),
  "data.aws_ec2_managed_prefix_list": z.strictObject({
    name: z.literal("com.amazonaws.global.cloudfront.origin-facing"),
  }),
};

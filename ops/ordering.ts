import type { Block, Configuration } from "../local/terraform-json/index.ts";

/** Terraform makes `from` after `to`, and destroys it before. */
export interface Dependency {
  /** Stable name, the audit's too. */
  readonly id: string;
  readonly words: string;
  /** What happens without it. */
  readonly without: string;
  /** Every pair that the dependency joins in a configuration. */
  pairs(config: Configuration): [from: Block, to: Block][];
}

const pair = (from: readonly Block[], to: (from: Block) => readonly Block[]) =>
  from.flatMap((each) => to(each).map((other): [Block, Block] => [each, other]));
const services = (config: Configuration) => config.of("aws_ecs_service");
const tasks = (config: Configuration, service: Block) =>
  config.targets(service.get("task_definition"), "aws_ecs_task_definition");
const named = (config: Configuration, name: string) =>
  config.of("aws_cloudwatch_log_group").filter((group) => config.resolve(group.get("name")) === name);
const policiesOf = (config: Configuration, roles: readonly Block[]) =>
  roles.flatMap((role) => config.referrers("aws_iam_role_policy", "role", role));
const associationsOf = (config: Configuration, subnets: readonly Block[]) =>
  subnets.flatMap((subnet) => config.referrers("aws_route_table_association", "subnet_id", subnet));
const routesOf = (config: Configuration, subnets: readonly Block[]) =>
  associationsOf(config, subnets)
    .flatMap((association) => config.targets(association.get("route_table_id")))
    .flatMap((table) => config.referrers("aws_route", "route_table_id", table));
const rulesOf = (config: Configuration, groups: readonly Block[]) =>
  groups.flatMap((group) =>
    ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"].flatMap((type) =>
      config.referrers(type, "security_group_id", group),
    ),
  );

/**
 * Each dependency that AWS needs, declared once for the audit and for the tests. Issues: `tfp` is hashicorp/terraform-provider-aws,
 * `CR` is aws/containers-roadmap.
 */
export const ORDER: readonly Dependency[] = [
  {
    id: "order-service-capacity",
    words: "ECS service → the cluster's capacity-provider association",
    without: "destroy: capacity provider is in use (CR#631)",
    pairs: (config) =>
      pair(services(config), (service) =>
        config
          .targets(service.get("cluster"))
          .flatMap((cluster) =>
            config.referrers("aws_ecs_cluster_capacity_providers", "cluster_name", cluster),
          ),
      ),
  },
  {
    id: "order-service-policies",
    words: "ECS service → the policies of its task and execution role",
    without: "destroy: the service hangs in DRAINING (tfp#3414)",
    pairs: (config) =>
      pair(services(config), (service) =>
        tasks(config, service).flatMap((task) =>
          policiesOf(
            config,
            config.targets([...task.all("execution_role_arn"), ...task.all("task_role_arn")]),
          ),
        ),
      ),
  },
  {
    id: "order-service-listener",
    words: "ECS service → the listener and the rule that forward to its target group",
    without: "create: the target group has no load balancer (tfp#3495)",
    pairs: (config) =>
      pair(services(config), (service) =>
        config.targets(service.all("load_balancer.target_group_arn")).flatMap((group) => {
          const rules = config.referrers("aws_lb_listener_rule", "action.target_group_arn", group);
          return [...rules, ...rules.flatMap((rule) => config.targets(rule.get("listener_arn")))];
        }),
      ),
  },
  {
    id: "order-service-routes",
    words: "ECS service → the NAT routes of its subnets, and the subnets' route tables",
    without: "create: tasks cannot pull the image; destroy: they lose egress while draining",
    pairs: (config) =>
      pair(services(config), (service) => [
        ...routesOf(config, config.targets(service.all("network_configuration.subnets"))).filter((route) =>
          route.get("nat_gateway_id"),
        ),
        ...associationsOf(config, config.targets(service.all("network_configuration.subnets"))),
      ]),
  },
  {
    id: "order-service-rules",
    words: "ECS service → the rules of its security groups, and the load balancer's way out",
    without:
      "create: tasks reach neither the registry nor the database, and the load balancer finds none healthy",
    pairs: (config) =>
      pair(services(config), (service) => [
        ...rulesOf(config, config.targets(service.all("network_configuration.security_groups"))),
        ...config
          .of("aws_lb")
          .flatMap((balancer) => config.targets(balancer.all("security_groups")))
          .flatMap((group) =>
            config.referrers("aws_vpc_security_group_egress_rule", "security_group_id", group),
          ),
      ]),
  },
  {
    id: "order-service-secrets",
    words: "ECS service → the versions of the secrets that its task reads",
    without: "create: the task fails to start, no current secret version",
    pairs: (config) =>
      pair(services(config), (service) =>
        tasks(config, service)
          .flatMap((task) => config.targets(task.get("container_definitions"), "aws_secretsmanager_secret"))
          .flatMap((secret) => config.referrers("aws_secretsmanager_secret_version", "secret_id", secret)),
      ),
  },
  {
    id: "order-service-database",
    words: "ECS service → the Aurora writer, and the rules of the cluster's security group",
    without: "create: tasks fail until the database answers, and trip the circuit breaker",
    pairs: (config) =>
      pair(services(config), () => [
        ...config.of("aws_rds_cluster_instance").filter((instance) => instance.get("promotion_tier") === 0),
        ...rulesOf(
          config,
          config
            .of("aws_rds_cluster")
            .flatMap((cluster) => config.targets(cluster.all("vpc_security_group_ids"))),
        ),
      ]),
  },
  {
    id: "order-database-log-group",
    words: "Aurora cluster → its log group",
    without: "destroy: RDS writes the group anew, the next create says already exists (tfp#42858)",
    pairs: (config) =>
      pair(config.of("aws_rds_cluster"), (cluster) =>
        named(config, `/aws/rds/cluster/${cluster.get("cluster_identifier")}/postgresql`),
      ),
  },
  {
    id: "order-cluster-log-group",
    words: "ECS cluster → the log group of Container Insights",
    without: "destroy: ECS writes the group anew, the next create says already exists (tfp#42858)",
    pairs: (config) =>
      pair(config.of("aws_ecs_cluster"), (cluster) =>
        named(config, `/aws/ecs/containerinsights/${cluster.get("name")}/performance`),
      ),
  },
  {
    id: "order-balancer-bucket",
    words: "load balancer → the policy and the ownership controls of its log bucket",
    without: "create: Access Denied for bucket (tfp#12010)",
    pairs: (config) =>
      pair(config.of("aws_lb"), (balancer) =>
        config
          .targets(balancer.get("access_logs.bucket"))
          .flatMap((bucket) => [
            ...config.referrers("aws_s3_bucket_policy", "bucket", bucket),
            ...config.referrers("aws_s3_bucket_ownership_controls", "bucket", bucket),
          ]),
      ),
  },
  {
    id: "order-balancer-routes",
    words: "load balancer → the default routes of its subnets, and the subnets' route tables",
    without:
      "create: a load balancer in subnets that do not reach the internet yet; destroy: it loses its way first",
    pairs: (config) =>
      pair(config.of("aws_lb"), (balancer) => [
        ...routesOf(config, config.targets(balancer.all("subnets"))),
        ...associationsOf(config, config.targets(balancer.all("subnets"))),
      ]),
  },
  {
    id: "order-distribution-listener",
    words: "distribution → the listener, its certificate and the rule that let it through",
    without: "create: the first requests get 403, or no answer",
    pairs: (config) =>
      pair(config.of("aws_cloudfront_distribution"), () => [
        ...config.of("aws_lb_listener", "aws_lb_listener_certificate", "aws_lb_listener_rule"),
      ]),
  },
  {
    id: "order-bucket-policy",
    words: "bucket policy → the public access block and the ownership controls of the same bucket",
    without: "create: OperationAborted, a conflicting conditional operation",
    pairs: (config) =>
      pair(config.of("aws_s3_bucket_policy"), (policy) =>
        config
          .targets(policy.get("bucket"))
          .flatMap((bucket) => [
            ...config.referrers("aws_s3_bucket_public_access_block", "bucket", bucket),
            ...config.referrers("aws_s3_bucket_ownership_controls", "bucket", bucket),
          ]),
      ),
  },
  {
    id: "order-nat-gateway-route",
    words: "NAT gateway → the default route of its subnet, and so the internet gateway",
    without: "create: the NAT gateway fails without a way to the internet",
    pairs: (config) => [
      ...pair(config.of("aws_nat_gateway"), (gateway) => [
        ...routesOf(config, config.targets(gateway.get("subnet_id"))),
        ...associationsOf(config, config.targets(gateway.get("subnet_id"))),
        ...config.of("aws_internet_gateway"),
      ]),
      ...pair(
        config.of("aws_route").filter((route) => route.get("gateway_id")),
        () => config.of("aws_internet_gateway"),
      ),
    ],
  },
  {
    id: "order-flow-log-policy",
    words: "flow log → the policy of its role",
    without: "create: delivery is denied",
    pairs: (config) =>
      pair(config.of("aws_flow_log"), (flow) => policiesOf(config, config.targets(flow.get("iam_role_arn")))),
  },
  {
    id: "order-secret-readers",
    words: "what reads a secret → the secret's version",
    without: "create: there is no value yet; an apply that fails half-way leaves two passwords",
    pairs: (config) =>
      pair(
        [...config.data, ...config.ephemerals].filter(
          ({ type }) => type === "aws_secretsmanager_secret_version",
        ),
        (reader) => {
          const secrets = config
            .of("aws_secretsmanager_secret")
            .filter((secret) => config.waitsFor(reader, secret));
          return secrets.flatMap((secret) =>
            config.referrers("aws_secretsmanager_secret_version", "secret_id", secret),
          );
        },
      ),
  },
  {
    id: "order-log-delivery",
    words: "log delivery → the policy that lets it write",
    without: "create: AWS adds a policy of its own, which survives a destroy",
    pairs: (config) =>
      pair(config.of("aws_cloudwatch_log_delivery"), (delivery) =>
        config
          .of("aws_cloudwatch_log_group")
          .filter((group) => config.waitsFor(delivery, group))
          .flatMap((group) =>
            config.referrers("aws_cloudwatch_log_resource_policy", "policy_document", group),
          ),
      ),
  },
  {
    id: "order-event-targets",
    words: "event target → the policy of its log group or topic",
    without: "create: EventBridge is denied, and the first events are lost",
    pairs: (config) =>
      pair(config.of("aws_cloudwatch_event_target"), (delivery) =>
        config
          .targets(delivery.get("arn"))
          .flatMap((target) => [
            ...config.referrers("aws_cloudwatch_log_resource_policy", "policy_document", target),
            ...config.referrers("aws_sns_topic_policy", "arn", target),
          ]),
      ),
  },
];

/** The pairs of a dependency that Terraform is free to make in any order. */
export function unordered(config: Configuration, dependency: Dependency): [from: Block, to: Block][] {
  return dependency.pairs(config).filter(([from, to]) => !config.waitsFor(from, to));
}

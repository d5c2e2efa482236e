import {
  type Block,
  type Configuration,
  type JsonObject,
  valuesAt,
} from "../../local/terraform-json/index.ts";
import { statementsOf } from "./iam.ts";
import { each, type Rule, rule } from "./rule.ts";

const tasks = (config: Configuration) => config.of("aws_ecs_task_definition");
const services = (config: Configuration) => config.of("aws_ecs_service");

/** The containers of a task definition. */
export function containers(task: Block): JsonObject[] {
  const parsed = task.json("container_definitions");
  return Array.isArray(parsed) ? (parsed as JsonObject[]) : [];
}

/** A container's plain settings by name. */
export function environmentOf(container: JsonObject): ReadonlyMap<string, string> {
  const pairs = valuesAt(container, "environment") as { name: string; value: string }[];
  return new Map(pairs.map(({ name, value }) => [name, value]));
}

/** A container's secrets by name: the expression that says where each comes from. */
export function secretsOf(container: JsonObject): ReadonlyMap<string, string> {
  const pairs = valuesAt(container, "secrets") as { name: string; valueFrom: string }[];
  return new Map(pairs.map(({ name, valueFrom }) => [name, valueFrom]));
}

const everyContainer = (config: Configuration, holds: (container: JsonObject) => boolean, message: string) =>
  each(tasks(config), (task) => containers(task).length > 0 && containers(task).every(holds), message);

/** The containers that the task lives by; the others end before. */
export const essential = (task: Block) => containers(task).filter((each) => each.essential === true);
const everyApi = (config: Configuration, holds: (container: JsonObject) => boolean, message: string) =>
  each(tasks(config), (task) => essential(task).length > 0 && essential(task).every(holds), message);

/** Whether shells can be opened in the tasks (ECS Exec). */
const shells = (config: Configuration) =>
  services(config).some((service) => service.get("enable_execute_command") === true);
/** What stands for an image until CONTAINER_IMAGE is set; a plan with it is refused. */
const isPlaceholder = (image: unknown) => /^[a-z-]+\.invalid\//.test(String(image));
/** A tag that says a version, a number or a commit, has a digit in it; `latest`, `main` or `stable` has none, and moves. */
const PINNED =
  /^[^\s:]+(:\d+)?(\/[^\s:@]+)*(:(?!.*latest)(?=.*\d)\w[\w.-]{0,127}|(:\w[\w.-]{0,127})?@sha256:[0-9a-f]{64})$/i;
const ECR = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)/;

/** What runs in a task. */
export const container: readonly Rule[] = [
  rule({
    id: "container-port",
    source: "Core Requirements, 1",
    words: "the API container on port 3000",
    check: (config) => [
      ...everyApi(
        config,
        (container) =>
          valuesAt(container, "portMappings.containerPort").join() === "3000" &&
          environmentOf(container).get("PORT") === "3000",
        "Let the container listen on 3000, in portMappings and in the setting PORT.",
      ),
      ...each(
        services(config),
        (service) => service.number("load_balancer.container_port") === 3000,
        "Set load_balancer.container_port to 3000.",
      ),
      ...each(
        config.of("aws_lb_target_group"),
        (group) => group.number("port") === 3000,
        "Set port to 3000, what the container listens on.",
      ),
    ],
  }),
  rule({
    id: "database-environment",
    source: "Core Requirements, 1",
    words: "Configure environment variables for database connection in ECS tasks",
    check: databaseEnvironment,
  }),
  rule({
    id: "migrations-before-the-api",
    source: "ECS developer guide, Container dependency",
    words: "the API starts once the schema is there: it waits for the success of a container that may end",
    check: (config) =>
      each(
        tasks(config),
        (task) => {
          const ending = containers(task).filter((each) => each.essential === false);
          return (
            ending.length > 0 &&
            essential(task).every((each) =>
              ending.every(({ name }) =>
                (valuesAt(each, "dependsOn") as JsonObject[]).some(
                  ({ containerName, condition }) => containerName === name && condition === "SUCCESS",
                ),
              ),
            )
          );
        },
        "Add a container that is not essential, and let the API depend on its SUCCESS.",
      ),
  }),
  rule({
    id: "containers-fit",
    source: "ECS developer guide, Container dependency",
    words:
      "migrations and API are of one image, and the API logs in as whom the migrations let in: no version meets another's schema",
    check: (config) =>
      each(
        tasks(config),
        (task) => {
          const logins = containers(task).map((each) =>
            environmentOf(each).get(each.essential === true ? "DB_USER" : "API_DB_USER"),
          );
          const images = containers(task).map(({ image }) => image);
          const names = containers(task).map((each) => environmentOf(each).get("SERVICE_NAME"));
          return [logins, images, names].every((alike) => new Set(alike).size === 1);
        },
        "Give its containers one image and one SERVICE_NAME, and let the API's DB_USER be the API_DB_USER of the other.",
      ),
  }),
  rule({
    id: "trusted-proxies",
    source: "api/src/config.ts, TRUST_PROXY",
    words: "what the load balancer says of the client is believed, and nobody else: its subnets, and no more",
    check: (config) =>
      everyApi(
        config,
        (each) => {
          const subnets = config.of("aws_lb").flatMap((balancer) => config.targets(balancer.all("subnets")));
          const wanted = subnets.map(({ address }) => `\${${address}.cidr_block}`);
          const given = environmentOf(each).get("TRUST_PROXY")?.split(",") ?? [];
          return wanted.length > 0 && given.toSorted().join() === wanted.toSorted().join();
        },
        "Set TRUST_PROXY to the cidr_block of each subnet of the load balancer.",
      ),
  }),
  rule({
    id: "image-pinned",
    source: "ECS developer guide, Container image resolution",
    words:
      "the image is named by a version or a digest: `latest` or `main` is another one tomorrow, and a rollback to it is none; only what has none is refused by its plan",
    check: (config) =>
      each(
        tasks(config),
        (task) =>
          containers(task).every(
            ({ image }) =>
              isPlaceholder(image) === (task.get("lifecycle.precondition.condition") !== undefined) &&
              (isPlaceholder(image) || PINNED.test(String(image))),
          ),
        "Give the image a version tag or a digest (CONTAINER_IMAGE).",
      ),
  }),
  rule({
    id: "image-may-be-pulled",
    source: "ECS developer guide, Task execution IAM role",
    words: "the execution role may pull the image: from its own repository, where that is in ECR",
    check: (config) =>
      each(
        tasks(config),
        (task) => containers(task).every(({ image }) => mayPull(config, task, String(image))),
        "Let the execution role get an ECR token, and pull from the image's repository and no other.",
      ),
  }),
  rule({
    id: "stop-timeout",
    source: "ECS developer guide, Fargate Spot termination notices",
    words: "a Spot task has two minutes to finish what it serves",
    check: (config) =>
      everyContainer(
        config,
        ({ stopTimeout }) => stopTimeout === 120,
        "Set stopTimeout to 120, Fargate's maximum.",
      ),
  }),
  rule({
    id: "container-privileges",
    source: "Constraints",
    words: "least privilege principle: not root, no capabilities, and nothing of the image can be changed",
    check: (config) =>
      everyContainer(
        config,
        (container) => {
          const { user, readonlyRootFilesystem, privileged, essential: stays } = container;
          const hasShells = shells(config) && stays === true;
          const dropped = valuesAt(container, "linuxParameters.capabilities.drop").join();
          return (
            typeof user === "string" &&
            !/^(0|root)?(:|$)/.test(user) &&
            privileged !== true &&
            readonlyRootFilesystem === !hasShells &&
            (dropped === "ALL") === !hasShells
          );
        },
        "Give the container a user that is not root, no capabilities, and a read-only root file system.",
      ),
  }),
  rule({
    id: "shells-logged",
    source: "ECS developer guide, Logging using ECS Exec",
    words: "where shells can be opened in tasks, what is done in them is written down",
    check: (config) =>
      each(
        shells(config) ? config.of("aws_ecs_cluster") : [],
        (cluster) => {
          const group = config.targets(
            cluster.get(
              "configuration.execute_command_configuration.log_configuration.cloud_watch_log_group_name",
            ),
          )[0];
          const written = tasks(config).flatMap((task) =>
            config
              .targets(task.get("task_role_arn"))
              .flatMap((role) => config.referrers("aws_iam_role_policy", "role", role))
              .flatMap((policy) => statementsOf(policy, "policy"))
              .filter(({ Resource }) => config.refersTo(Resource, group))
              .flatMap((statement) => valuesAt(statement, "Action")),
          );
          return ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"].every((action) =>
            written.includes(action),
          );
        },
        "Give it an execute_command_configuration with a log group that the task role may write to.",
      ),
  }),
];

/** The way to the cluster for every container; the API by a login of its own, migrations as the owner. */
function databaseEnvironment(config: Configuration) {
  const [cluster] = config.of("aws_rds_cluster");
  const refersTo = (value: string | undefined, attribute: string) =>
    cluster !== undefined && value === `\${${cluster.address}.${attribute}}`;
  const literal = (value: string | undefined, path: string) => value === String(cluster?.get(path));
  return tasks(config).flatMap((task) =>
    containers(task).flatMap((container) => {
      const settings = environmentOf(container);
      const isOwner = literal(settings.get("DB_USER"), "master_username");
      const wanted: [string, boolean, string][] = [
        ["DB_HOST", refersTo(settings.get("DB_HOST"), "endpoint"), "the cluster's endpoint"],
        ["DB_PORT", literal(settings.get("DB_PORT"), "port"), "the cluster's port"],
        ["DB_NAME", literal(settings.get("DB_NAME"), "database_name"), "the cluster's database_name"],
        container.essential === true
          ? [
              "DB_USER",
              !isOwner && settings.has("DB_USER"),
              "a login that is not the cluster's master_username",
            ]
          : ["DB_USER", isOwner, "the cluster's master_username"],
      ];
      return wanted
        .filter(([, right]) => !right)
        .map(([name, , what]) => ({ address: task.address, message: `Set ${name} to ${what}.` }));
    }),
  );
}

function mayPull(config: Configuration, task: Block, image: string): boolean {
  const grants = config
    .targets(task.get("execution_role_arn"), "aws_iam_role")
    .flatMap((role) => config.referrers("aws_iam_role_policy", "role", role))
    .flatMap((policy) => statementsOf(policy, "policy"));
  const on = (action: string) =>
    grants
      .filter((statement) => valuesAt(statement, "Action").includes(action))
      .flatMap((statement) => valuesAt(statement, "Resource").map(String));
  const [, account, region, repository] = ECR.exec(image) ?? [];
  const own = `:ecr:${region}:${account}:repository/${repository}`;
  return ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"].every(
    (action) => {
      const repositories = on(action);
      return account === undefined
        ? repositories.length === 0
        : repositories.length === 1 &&
            repositories[0]!.endsWith(own) &&
            on("ecr:GetAuthorizationToken").length === 1;
    },
  );
}

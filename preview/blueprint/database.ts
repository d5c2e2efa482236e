/** Reads the Aurora cluster: the one whose endpoint the container's environment refers to. */
import type { Block, Stack } from "./stack.ts";

export interface DatabaseBlueprint {
  address: string;
  engine: string;
  /** As the stack asks for it, e.g. `16.8`. */
  version: string;
  majorVersion: number;
  name: string;
  user: string;
  password: string;
  port: number;
  endpoint: string;
  readerEndpoint: string;
  instances: string[];
  /** Of each instance. */
  vcpus: number;
  /** `rds.force_ssl`: whether a connection without TLS is refused. */
  forceTls: boolean;
}

export function readDatabase(stack: Stack): DatabaseBlueprint {
  const cluster = stack.only("aws_rds_cluster");
  const engine = cluster.text("engine");
  if (engine !== "aurora-postgresql")
    throw cluster.error("engine", `is "${engine}"; the preview runs aurora-postgresql`);
  const instances = stack
    .all("aws_rds_cluster_instance")
    .filter((instance) => instance.refersTo("cluster_identifier", cluster));
  if (instances.length === 0)
    throw cluster.error(
      undefined,
      "has no aws_rds_cluster_instance, so that nothing would answer at its endpoint",
    );
  const version = cluster.text("engine_version");
  return {
    address: cluster.address,
    engine,
    version,
    majorVersion: Number.parseInt(version, 10),
    name: cluster.text("database_name"),
    user: cluster.text("master_username"),
    password: readPassword(cluster),
    port: cluster.number("port", 5432),
    endpoint: String(cluster.attribute("endpoint")),
    readerEndpoint: String(cluster.attribute("reader_endpoint")),
    instances: instances.map(({ address }) => address),
    vcpus: vcpusOf(instances[0]!),
    forceTls: readForceTls(cluster),
  };
}

/** https://aws.amazon.com/rds/instance-types: two up to `large`, four of `xlarge`, and so many times four of `4xlarge`. */
function vcpusOf(instance: Block): number {
  const [, times, size] = /\.(\d*)(x?large|\w+)$/.exec(instance.text("instance_class")) ?? [];
  return size === "xlarge" ? 4 * Number(times || 1) : 2;
}

function readPassword(cluster: Block): string {
  const attribute =
    cluster.raw("master_password_wo") === undefined ? "master_password" : "master_password_wo";
  return cluster.text(attribute);
}

function readForceTls(cluster: Block): boolean {
  const group = cluster.references("db_cluster_parameter_group_name")[0];
  return (group?.list("parameter") ?? []).some((parameter) => {
    const { name, value } = parameter as { name: string; value: string };
    return name === "rds.force_ssl" && String(value) === "1";
  });
}

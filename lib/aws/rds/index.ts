export { Credentials } from "./credentials.ts";
export { type ClusterInstanceProps, DatabaseCluster, type DatabaseClusterProps } from "./database-cluster.ts";
export { type AuroraPostgresEngineProps, DatabaseClusterEngine, type IClusterEngine } from "./engine.ts";
export { checkInstanceClass } from "./instance-class.ts";

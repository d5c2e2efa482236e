import { TerraformOutput } from "cdktn";
import type { Construct } from "constructs";
import { Duration, Stack } from "./aws/core/index.ts";
import { Database } from "./catalog/database.ts";
import { Edge } from "./catalog/edge.ts";
import { Network } from "./catalog/network.ts";
import { Observability } from "./catalog/observability/observability.ts";
import { ApiService } from "./catalog/service.ts";
import { REGION, type Settings } from "./settings.ts";

/**
 * The product catalogue and everything that it runs on:
 *
 *     internet ──► CloudFront ──► load balancer ──► Fargate tasks :3000 ──► Aurora PostgreSQL :5432
 *
 * Each line below is a part of it; each part says what it is made of. Nothing else is deployed.
 */
export class TapStack extends Stack {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      region: REGION,
      environmentSuffix: settings.environmentSuffix,
      tags: { Environment: "production", Project: "catalog-api", Suffix: settings.environmentSuffix },
      logRetention: Duration.days(Number(settings.logRetentionDays)),
      backend: settings.stateBucket
        ? {
            bucket: settings.stateBucket,
            region: settings.stateRegion,
            key: `catalog-api/${settings.environmentSuffix}/terraform.tfstate`,
            lockTable: settings.stateLockTable,
          }
        : undefined,
    });

    const network = new Network(this, "Network", { settings });
    const { vpc } = network;
    const database = new Database(this, "Database", { vpc, settings });
    const api = new ApiService(this, "Api", { vpc, database, settings });
    const edge = new Edge(this, "Edge", { api, settings });
    const { dashboard } = new Observability(this, "Observability", {
      network,
      api,
      database,
      edge,
      settings,
    });

    this.#output(
      "cloudfront-url",
      `https://${edge.distribution.domainName}`,
      "Where customers reach the catalogue",
    );
    this.#output(
      "alb-dns-name",
      api.balancer.loadBalancerDnsName,
      "Load balancer; answers 403 to all but CloudFront",
    );
    this.#output("distribution-id", edge.distribution.distributionId, "For cache invalidations");
    this.#output("cluster-name", api.cluster.clusterName, "ECS cluster");
    this.#output("service-name", api.service.serviceName, "ECS service");
    this.#output("api-log-group", api.logGroup.logGroupName, "Log of the API");
    this.#output("dashboard-name", dashboard.dashboardName, "CloudWatch dashboard");
    this.#output("database-endpoint", database.cluster.clusterEndpoint, "Writer of the database");
    this.#output("database-reader-endpoint", database.cluster.clusterReadEndpoint, "Readers of the database");
    this.#output("database-secret-arn", database.ownerPassword.secretArn, "Password of the database's owner");
    this.#output("database-api-secret-arn", database.apiPassword.secretArn, "Password of the API's login");
    this.#output("api-keys-secret-arn", api.apiKeys.secretArn, "Where the keys for writing are");
    this.#output(
      "origin-token-secret-arn",
      api.originToken.secretArn,
      "What CloudFront tells the load balancer",
    );
  }

  #output(name: string, value: string, description: string): void {
    new TerraformOutput(this, name, { value, description });
  }
}

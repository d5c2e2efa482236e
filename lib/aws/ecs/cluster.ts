import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { dependsOn, type IDependable, kindOf, Stack } from "../core/index.ts";
import { LogGroup } from "../logs/index.ts";

export interface ClusterProps {
  /**
   * Where ECS Exec writes what is typed in shells and what they answer. Needs `script` and `cat` in the image.
   * @default - nowhere: CloudTrail says that a shell was opened, and nothing says what was done in it
   */
  readonly executeCommandLogGroup?: LogGroup;
}

/** An ECS cluster for Fargate and Fargate Spot, with Container Insights. */
export class Cluster extends Construct implements IDependable {
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly executeCommandLogGroup?: LogGroup;
  /** Where Container Insights writes its raw data. */
  readonly insightsLogGroup: LogGroup;
  readonly #association: TerraformResource;

  constructor(scope: Construct, id: string, props: ClusterProps = {}) {
    super(scope, id);
    const name = Stack.of(this).names.for(kindOf(id));
    // Container Insights writes its group anew after Terraform has deleted it, unless the cluster goes first
    // (hashicorp/terraform-provider-aws#42858).
    const insights = new LogGroup(this, "ContainerInsights", {
      logGroupName: `/aws/ecs/containerinsights/${name}/performance`,
    });
    const cluster = new aws.EcsCluster(this, "Resource", {
      name,
      setting: [{ name: "containerInsights", value: "enabled" }],
      // Always said: the provider sends nothing for a block that is gone (its UpdateCluster), and the cluster would go on naming a
      // log group that was deleted. DEFAULT is what ECS does where nothing is said.
      configuration: {
        executeCommandConfiguration: props.executeCommandLogGroup
          ? {
              logging: "OVERRIDE",
              logConfiguration: { cloudWatchLogGroupName: props.executeCommandLogGroup.logGroupName },
            }
          : { logging: "DEFAULT" },
      },
      tags: { Name: name },
    });
    dependsOn(cluster, [insights]);
    this.insightsLogGroup = insights;
    this.executeCommandLogGroup = props.executeCommandLogGroup;
    this.clusterName = cluster.name;
    this.clusterArn = cluster.arn;
    this.#association = new aws.EcsClusterCapacityProviders(this, "CapacityProviders", {
      clusterName: cluster.name,
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
    });
  }

  /** A service must go before this does, else "capacity provider is in use" (aws/containers-roadmap#631). */
  get dependables(): readonly TerraformResource[] {
    return [this.#association];
  }
}

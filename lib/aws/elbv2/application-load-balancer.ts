import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { accountId, Duration, dependsOn, type IDependable, kindOf, Stack } from "../core/index.ts";
import { type Connections, type IConnectable, SecurityGroup, type Vpc } from "../ec2/index.ts";
import { PolicyStatement } from "../iam/index.ts";
import type { Bucket } from "../s3/index.ts";
import { ApplicationListener, type ApplicationListenerProps } from "./application-listener.ts";

export interface ApplicationLoadBalancerProps {
  readonly vpc: Vpc;
  /**
   * How long a connection may be silent, 1–4000 s. Targets must keep theirs longer.
   * @default Duration.seconds(60)
   */
  readonly idleTimeout?: Duration;
}

/**
 * A public application load balancer, one node in each public subnet. It admits nobody until a connection is allowed,
 * drops malformed headers and, as CDK does, defends against request desync.
 */
export class ApplicationLoadBalancer extends Construct implements IConnectable {
  readonly connections: Connections;
  /**
   * The security group whose rule admits clients on 443; `connections` has that of port 80. CloudFront's prefix list weighs
   * 55 of the 60 rules of a group, and while clients move from one port to the other, both have to be open.
   * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html
   */
  readonly httpsSecurityGroup: SecurityGroup;
  readonly loadBalancerArn: string;
  readonly loadBalancerDnsName: string;
  readonly loadBalancerFullName: string;
  readonly #needed: IDependable[] = [];
  readonly #resource: aws.Lb;

  constructor(scope: Construct, id: string, props: ApplicationLoadBalancerProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = stack.names.for(kindOf(id), 32);
    const securityGroup = new SecurityGroup(this, "SecurityGroup", {
      vpc: props.vpc,
      purpose: kindOf(id),
      description: "Application load balancer",
    });
    this.connections = securityGroup.connections;
    this.httpsSecurityGroup = new SecurityGroup(this, "HttpsAdmission", {
      vpc: props.vpc,
      purpose: `https-${kindOf(id)}`,
      description: "Who may connect to the application load balancer by HTTPS",
    });
    this.#resource = new aws.Lb(this, "Resource", {
      name,
      loadBalancerType: "application",
      internal: false,
      subnets: props.vpc.publicSubnets.map((subnet) => subnet.subnetId),
      securityGroups: [securityGroup, this.httpsSecurityGroup].map(({ securityGroupId }) => securityGroupId),
      idleTimeout: (props.idleTimeout ?? Duration.seconds(60)).toSeconds(),
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "defensive",
      enableHttp2: true,
      enableDeletionProtection: !stack.destroyable,
      tags: { Name: name },
    });
    this.loadBalancerArn = this.#resource.arn;
    this.loadBalancerDnsName = this.#resource.dnsName;
    this.loadBalancerFullName = this.#resource.arnSuffix;
    // The nodes answer the internet through the public subnets' routes.
    this.#needed.push(...props.vpc.publicSubnets);
    dependsOn(this.#resource, this.#needed);
  }

  /**
   * Writes a line per request to `bucket`, every 5 minutes. The bucket must be in the same region and encrypted with
   * S3's own key.
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
   */
  logAccessLogs(bucket: Bucket, prefix: string): void {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: "LoadBalancerAccessLogs",
        principal: { services: ["logdelivery.elasticloadbalancing.amazonaws.com"] },
        actions: ["s3:PutObject"],
        resources: [`${bucket.bucketArn}/${prefix}/AWSLogs/${accountId(this)}/*`],
      }),
    );
    this.#resource.putAccessLogs({ enabled: true, bucket: bucket.bucketName, prefix });
    this.#needed.push(bucket);
  }

  addListener(id: string, props: Omit<ApplicationListenerProps, "loadBalancer">): ApplicationListener {
    return new ApplicationListener(this, id, { loadBalancer: this, ...props });
  }

  metricRequestCount(options?: MetricOptions): Metric {
    return this.#metric("RequestCount", "Sum", options);
  }

  /** 5xx answers of the balancer itself: no healthy target, or a target that hung up. */
  metricHttpCodeElb5xx(options?: MetricOptions): Metric {
    return this.#metric("HTTPCode_ELB_5XX_Count", "Sum", options);
  }

  /** Answers of a listener's own, such as the 403 for whoever does not come through CloudFront. */
  metricHttpFixedResponseCount(options?: MetricOptions): Metric {
    return this.#metric("HTTP_Fixed_Response_Count", "Sum", options);
  }

  /** Load balancer capacity units: what AWS charges beside the hours. */
  metricConsumedLcus(options?: MetricOptions): Metric {
    return this.#metric("ConsumedLCUs", "Sum", options);
  }

  #metric(metricName: string, statistic: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/ApplicationELB",
      metricName,
      statistic,
      dimensions: { LoadBalancer: this.loadBalancerFullName },
      ...options,
    });
  }
}

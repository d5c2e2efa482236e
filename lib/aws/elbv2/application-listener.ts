import type { TerraformResource } from "cdktn";
import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { type IDependable, kindOf, Stack, ValidationError } from "../core/index.ts";
import { type IPeer, Port } from "../ec2/index.ts";
import type { ApplicationLoadBalancer } from "./application-load-balancer.ts";
import type { ApplicationTargetGroup } from "./application-target-group.ts";

export interface FixedResponse {
  /** 2xx, 4xx or 5xx. */
  readonly statusCode: number;
  readonly contentType: "text/plain" | "application/json";
  readonly messageBody: string;
}

export interface ApplicationListenerProps {
  readonly loadBalancer: ApplicationLoadBalancer;
  /**
   * Certificate of the load balancer's region. With it the listener speaks HTTPS on 443 (TLS 1.2 and 1.3).
   * @default - HTTP on port 80
   */
  readonly certificateArn?: string;
  /** What a request gets that no rule matches. */
  readonly defaultAction: FixedResponse;
}

/** What a request must be like for a rule to apply. */
export class ListenerCondition {
  /** @param values any of them matches; compared without regard to case, with `*` and `?` as wildcards */
  static httpHeader(name: string, values: string[]): ListenerCondition {
    return new ListenerCondition({ httpHeader: { httpHeaderName: name, values } });
  }

  readonly rendered: aws.LbListenerRuleCondition;

  private constructor(rendered: aws.LbListenerRuleCondition) {
    this.rendered = rendered;
  }
}

export interface AddApplicationTargetGroupsProps {
  /** 1–50000; lower is tried first. */
  readonly priority: number;
  /** All of them must hold. */
  readonly conditions: ListenerCondition[];
  readonly targetGroups: ApplicationTargetGroup[];
}

/** A port of a load balancer, and what happens to the requests that arrive there. */
export class ApplicationListener extends Construct implements IDependable {
  readonly listenerArn: string;
  readonly port: Port;
  readonly loadBalancer: ApplicationLoadBalancer;
  readonly #resource: aws.LbListener;
  readonly #dependables: TerraformResource[];

  /** @throws ValidationError for a fixed response that a load balancer cannot give. */
  constructor(scope: Construct, id: string, props: ApplicationListenerProps) {
    super(scope, id);
    const { statusCode, contentType, messageBody } = props.defaultAction;
    if (!/^[245]\d\d$/.test(String(statusCode)) || messageBody.length > 1024) {
      throw new ValidationError(
        this,
        `fixed response ${statusCode}: use 2xx, 4xx or 5xx and at most 1,024 characters.`,
      );
    }
    this.loadBalancer = props.loadBalancer;
    this.port = props.certificateArn ? Port.HTTPS : Port.HTTP;
    this.#resource = new aws.LbListener(this, "Resource", {
      loadBalancerArn: props.loadBalancer.loadBalancerArn,
      port: this.port.number,
      protocol: props.certificateArn ? "HTTPS" : "HTTP",
      certificateArn: props.certificateArn,
      sslPolicy: props.certificateArn ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : undefined,
      defaultAction: [
        {
          type: "fixed-response",
          fixedResponse: { statusCode: String(statusCode), contentType, messageBody },
        },
      ],
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: Stack.of(this).names.for(`listener-${this.port.number}`) },
    });
    this.listenerArn = this.#resource.arn;
    this.#dependables = [this.#resource];
    if (props.certificateArn) this.#keepCertificate(props.certificateArn);
  }

  /**
   * Beside being the default, the certificate is in the listener's list, which AWS allows: there it stays, for clients that
   * ask for its name, when another one becomes the default, and goes once they have followed.
   * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
   */
  #keepCertificate(certificateArn: string): void {
    this.#dependables.push(
      new aws.LbListenerCertificate(this, "Certificate", {
        listenerArn: this.listenerArn,
        certificateArn,
        lifecycle: { createBeforeDestroy: true },
      }),
    );
  }

  /**
   * Lets the addresses of a prefix list connect. When the listener's port changes, a second listener with a rule of its own
   * is made beside this one, and this one goes after whoever depends on it has moved: a change in place would close one
   * port before the clients know the other.
   */
  allowFromPrefixList(list: IPeer, description: string): void {
    const { connections, httpsSecurityGroup } = this.loadBalancer;
    const own = connections.securityGroup;
    const group = this.port.number === Port.HTTPS.number ? httpsSecurityGroup : own;
    const rule = own.addPrefixListRule({ peer: list, port: this.port, description, group });
    this.#dependables.push(rule);
    this.#resource.lifecycle = {
      ...this.#resource.lifecycle,
      replaceTriggeredBy: [`${rule.terraformResourceType}.${rule.friendlyUniqueId}.from_port`],
    };
  }

  /** Forwards the requests that meet all conditions. */
  addTargetGroups(id: string, props: AddApplicationTargetGroupsProps): void {
    const rule = new aws.LbListenerRule(this, id, {
      lifecycle: { createBeforeDestroy: true },
      listenerArn: this.listenerArn,
      priority: props.priority,
      condition: props.conditions.map(({ rendered }) => rendered),
      action: props.targetGroups.map(({ targetGroupArn }) => ({ type: "forward", targetGroupArn })),
      tags: { Name: Stack.of(this).names.for(kindOf(id, "listener-rule")) },
    });
    this.#dependables.push(rule);
    for (const group of props.targetGroups) group.attachTo(this.loadBalancer);
  }

  /** A service must wait for these: ECS refuses a target group that no balancer uses (hashicorp/terraform-provider-aws#3495). */
  get dependables(): readonly TerraformResource[] {
    return this.#dependables;
  }
}

import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Metric, type MetricOptions } from "../cloudwatch/index.ts";
import { CLOUDFRONT_REGION, dependsOn, kindOf, Stack, ValidationError } from "../core/index.ts";
import { allowLogDelivery, LogGroup } from "../logs/index.ts";

export interface WebAclProps {
  readonly description: string;
  /** Requests from one address in five minutes, beyond which it is blocked; 10 or more. */
  readonly rateLimit: number;
}

/** AWS's rule groups, with the rules of theirs that only count. */
const MANAGED_RULE_GROUPS = [
  { group: "AWSManagedRulesAmazonIpReputationList" },
  {
    group: "AWSManagedRulesCommonRuleSet",
    // It blocks bodies over 8 KiB; the API takes bulk writes of megabytes, and bounds them itself.
    overrides: [{ name: "SizeRestrictions_BODY", action_to_use: { count: {} } }],
  },
  { group: "AWSManagedRulesKnownBadInputsRuleSet" },
];

/** Headers that carry credentials. WAF writes a placeholder in their stead, into its log and its samples. */
const CREDENTIAL_HEADERS = ["authorization", "cookie", "x-api-key"];

/**
 * A web ACL for CloudFront: a rate limit by address, then AWS's managed rules. Blocked requests are logged. No CDK L2
 * exists for it; the shape is ours.
 *
 * Requests without a User-Agent are among what the common rules block.
 *
 * Cost: 5 USD a month, 1 USD a month for each of the four rules, and 0.60 USD per million requests, cache hits too.
 */
export class WebAcl extends Construct {
  readonly webAclArn: string;
  readonly #name: string;

  /** @throws ValidationError for a rate limit that WAF does not accept. */
  constructor(scope: Construct, id: string, props: WebAclProps) {
    super(scope, id);
    if (!Number.isInteger(props.rateLimit) || props.rateLimit < 10 || props.rateLimit > 2_000_000_000) {
      throw new ValidationError(
        this,
        `rateLimit ${props.rateLimit} is not possible: use 10 to 2,000,000,000 requests in five minutes.`,
      );
    }
    const stack = Stack.of(this);
    const provider = stack.providerFor(CLOUDFRONT_REGION);
    const name = stack.names.for(kindOf(id), 128);
    const acl = new aws.Wafv2WebAcl(this, "Resource", {
      provider,
      name,
      description: props.description,
      scope: "CLOUDFRONT",
      defaultAction: { allow: {} },
      rule: [
        {
          name: "rate-limit",
          priority: 0,
          action: { block: {} },
          // The bindings pass a statement through as it is, so it is in Terraform's own spelling.
          statement: { rate_based_statement: { limit: props.rateLimit, aggregate_key_type: "IP" } },
          visibilityConfig: visibility("rate-limit"),
        },
        ...MANAGED_RULE_GROUPS.map(({ group, overrides }, index) => ({
          name: group,
          priority: index + 1,
          overrideAction: { none: {} },
          statement: {
            managed_rule_group_statement: {
              name: group,
              vendor_name: "AWS",
              ...(overrides && { rule_action_override: overrides }),
            },
          },
          visibilityConfig: visibility(group),
        })),
      ],
      // WAF logs and samples blocked requests with all their headers: a writer's key would stand there in clear.
      dataProtectionConfig: {
        dataProtection: [
          { action: "SUBSTITUTION", field: { fieldType: "SINGLE_HEADER", fieldKeys: CREDENTIAL_HEADERS } },
        ],
      },
      visibilityConfig: visibility(name),
      // AWS deletes none that a distribution still uses: it goes after the distribution has let go of it.
      lifecycle: { createBeforeDestroy: true },
      tags: { Name: name },
    });
    this.webAclArn = acl.arn;
    this.#name = acl.name;
    const logGroup = new LogGroup(this, "LogGroup", {
      // WAF only accepts names with this prefix: https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
      logGroupName: stack.names.for("aws-waf-logs-edge"),
      region: CLOUDFRONT_REGION,
    });
    const permission = allowLogDelivery(this, "Permission", { name: stack.names.for("waf-logs"), logGroup });
    const logging = new aws.Wafv2WebAclLoggingConfiguration(this, "Logging", {
      provider,
      resourceArn: this.webAclArn,
      logDestinationConfigs: [logGroup.logGroupArn],
      loggingFilter: {
        defaultBehavior: "DROP", // an allowed request has its line in CloudFront's log already
        filter: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            condition: [{ actionCondition: { action: "BLOCK" } }],
          },
        ],
      },
    });
    dependsOn(logging, [permission]);
  }

  metricBlockedRequests(options?: MetricOptions): Metric {
    return this.#metric("BlockedRequests", options);
  }

  metricAllowedRequests(options?: MetricOptions): Metric {
    return this.#metric("AllowedRequests", options);
  }

  #metric(metricName: string, options?: MetricOptions): Metric {
    return new Metric({
      namespace: "AWS/WAFV2",
      metricName,
      statistic: "Sum",
      dimensions: { WebACL: this.#name, Rule: "ALL" },
      region: CLOUDFRONT_REGION,
      ...options,
    });
  }
}

function visibility(metricName: string) {
  return { metricName, cloudwatchMetricsEnabled: true, sampledRequestsEnabled: true };
}

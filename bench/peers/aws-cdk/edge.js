const { CfnParameter, Duration, RemovalPolicy, Stack } = require("aws-cdk-lib/core");
const cloudfront = require("aws-cdk-lib/aws-cloudfront");
const origins = require("aws-cdk-lib/aws-cloudfront-origins");
const ec2 = require("aws-cdk-lib/aws-ec2");
const iam = require("aws-cdk-lib/aws-iam");
const logs = require("aws-cdk-lib/aws-logs");
const { Construct } = require("constructs");

const READ_PATHS = [
  "/v1/products",
  "/v1/products/*",
  "/v1/categories",
  "/v1/categories/*",
  "/v1/search",
  "/v1/suggest",
];

/**
 * CloudFront before the load balancer, and its access log. To deploy it, the log delivery and the alarm would have to
 * stand in a second stack in us-east-1; one stack is less work for aws-cdk-lib, so they stay here.
 */
class Edge extends Construct {
  constructor(scope, id, { balancer, listener, originToken, name }) {
    super(scope, id);
    // A parameter, since looking the list up needs credentials.
    const originFacing = new CfnParameter(this, "OriginFacing", {
      description: "CloudFront's origin-facing prefix list",
    });
    listener.connections.allowFrom(
      ec2.Peer.prefixList(originFacing.valueAsString),
      ec2.Port.tcp(80),
      "CloudFront to load balancer",
    );

    const uncached = {
      origin: new origins.LoadBalancerV2Origin(balancer, {
        originId: "api",
        protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
        customHeaders: { "x-origin-verify": originToken.secretValue.unsafeUnwrap() },
        connectionAttempts: 3,
        connectionTimeout: Duration.seconds(5),
        readTimeout: Duration.seconds(30),
        keepaliveTimeout: Duration.seconds(50),
      }),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      compress: true,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
    };
    const cached = {
      ...uncached,
      cachePolicy: cloudfront.CachePolicy.USE_ORIGIN_CACHE_CONTROL_HEADERS_QUERY_STRINGS,
    };
    this.distribution = new cloudfront.Distribution(this, "Distribution", {
      comment: `${name("distribution")}: product catalogue`,
      defaultBehavior: uncached,
      additionalBehaviors: Object.fromEntries(READ_PATHS.map((path) => [path, cached])),
      errorResponses: [404, 500, 501, 502, 503, 504].map((httpStatus) => ({
        httpStatus,
        ttl: Duration.seconds(1),
      })),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      enableIpv6: true,
      priceClass: cloudfront.PriceClass.PRICE_CLASS_ALL,
    });
    this.logAccess(name);
  }

  logAccess(name) {
    this.logGroup = new logs.LogGroup(this, "LogGroup", {
      logGroupName: `/aws/vendedlogs/cloudfront/${name("access-logs")}`,
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const { account } = Stack.of(this);
    const permission = this.logGroup.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal("delivery.logs.amazonaws.com")],
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${this.logGroup.logGroupArn}:log-stream:*`],
        conditions: {
          StringEquals: { "aws:SourceAccount": account },
          ArnLike: { "aws:SourceArn": `arn:aws:logs:us-east-1:${account}:delivery-source:*` },
        },
      }),
    );
    const delivered = name("cloudfront-access-logs");
    const source = new logs.CfnDeliverySource(this, "Source", {
      name: delivered,
      logType: "ACCESS_LOGS",
      resourceArn: this.distribution.distributionArn,
    });
    const destination = new logs.CfnDeliveryDestination(this, "Destination", {
      name: delivered,
      outputFormat: "json",
      destinationResourceArn: this.logGroup.logGroupArn,
    });
    const delivery = new logs.CfnDelivery(this, "Delivery", {
      deliverySourceName: source.name,
      deliveryDestinationArn: destination.attrArn,
    });
    delivery.node.addDependency(source, permission.policyDependable);
  }
}

module.exports = { Edge };

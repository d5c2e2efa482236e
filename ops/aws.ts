/** AWS's own clients, made from the environment as every AWS tool reads it (credentials, `AWS_ENDPOINT_URL`). */
import { Agent } from "node:https";
import { ACMClient } from "@aws-sdk/client-acm";
import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudFrontClient } from "@aws-sdk/client-cloudfront";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { IAMClient } from "@aws-sdk/client-iam";
import { PricingClient } from "@aws-sdk/client-pricing";
import { RDSClient } from "@aws-sdk/client-rds";
import { ResourceGroupsTaggingAPIClient } from "@aws-sdk/client-resource-groups-tagging-api";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ServiceQuotasClient } from "@aws-sdk/client-service-quotas";
import { SNSClient } from "@aws-sdk/client-sns";
import { STSClient } from "@aws-sdk/client-sts";
import { ending, unlessAborted } from "../cli/interruption.ts";
import { proxyEnvironment } from "../cli/proxy.ts";
import { UserError } from "../cli/user-error.ts";
import { CLOUDFRONT_REGION, HOME_REGION } from "../local/regions.ts";

export interface AwsOptions {
  /** @default "eu-north-1" */
  readonly region?: string;
  /** Those of other clients, so that nobody is asked twice. @default - looked for as every AWS tool does */
  readonly credentials?: STSClient["config"]["credentials"];
  /** Another address than AWS's, with credentials that it accepts: a local AWS API. @default AWS */
  readonly local?: {
    readonly endpoint: string;
    readonly credentials: { accessKeyId: string; secretAccessKey: string };
  };
}

export type Aws = ReturnType<typeof awsClients>;

/** What every call of AWS's control plane keeps to by far. A call is tried three times, so that a network which hangs ends a command. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 60_000;

/**
 * One client for each service that the stack uses, and for the edge's region where it uses one there. A command that is told to
 * end waits for none of them: neither for an answer nor for the next attempt.
 *
 * @throws UserError for an AWS_ENDPOINT_URL that is no address
 */
export function awsClients({ region = HOME_REGION, credentials, local }: AwsOptions = {}) {
  const { AWS_ENDPOINT_URL: address } = process.env;
  if (address && !URL.canParse(address))
    throw new UserError(
      `AWS_ENDPOINT_URL '${address}' is no address: set it as http://127.0.0.1:5000, or unset it.`,
    );
  // As many connections as the clients' own agent has; which knows of no proxy.
  const httpsAgent = new Agent({ keepAlive: true, maxSockets: 50, proxyEnv: proxyEnvironment() });
  const timeouts = { connectionTimeout: CONNECT_MS, requestTimeout: ANSWER_MS, throwOnRequestTimeout: true };
  const requestHandler = { httpsAgent, ...timeouts };
  // Left to itself each client would ask for credentials, and whoever gives them somebody for a code, more than twenty times.
  const sts = new STSClient({ region, requestHandler, ...(credentials && { credentials }), ...local });
  const common = { requestHandler, ...local, credentials: sts.config.credentials };
  const home = { region, ...common };
  const edge = { region: CLOUDFRONT_REGION, ...common };
  const clients = {
    acm: new ACMClient(home),
    edgeAcm: new ACMClient(edge),
    applicationAutoScaling: new ApplicationAutoScalingClient(home),
    cloudFront: new CloudFrontClient(edge),
    cloudWatch: new CloudWatchClient(home),
    edgeCloudWatch: new CloudWatchClient(edge),
    logs: new CloudWatchLogsClient(home),
    edgeLogs: new CloudWatchLogsClient(edge),
    dynamoDb: new DynamoDBClient(home),
    ec2: new EC2Client(home),
    ecr: new ECRClient(home),
    ecs: new ECSClient(home),
    loadBalancing: new ElasticLoadBalancingV2Client(home),
    events: new EventBridgeClient(home),
    iam: new IAMClient(edge),
    // One of the two regions that know the prices of all.
    pricing: new PricingClient(edge),
    quotas: new ServiceQuotasClient(home),
    rds: new RDSClient(home),
    // A bucket's name as part of the host name needs DNS, which a local endpoint does not have.
    s3: new S3Client({
      ...home,
      forcePathStyle: (local?.endpoint ?? process.env.AWS_ENDPOINT_URL) !== undefined,
    }),
    secrets: new SecretsManagerClient(home),
    sns: new SNSClient(home),
    edgeSns: new SNSClient(edge),
    sts,
    tagging: new ResourceGroupsTaggingAPIClient(home),
    edgeTagging: new ResourceGroupsTaggingAPIClient(edge),
  };
  for (const { middlewareStack } of Object.values(clients) as unknown as readonly AnyClient[])
    middlewareStack.add((next) => (args) => untilEnding(next(args)), {
      step: "initialize",
      priority: "high",
    });
  return clients;
}

/** What all clients have, whatever their service's types: https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/middleware-stack.html */
interface AnyClient {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: object) => Promise<object>) => (args: object) => Promise<object>,
      options: { readonly step: "initialize"; readonly priority: "high" },
    ): void;
  };
}

function untilEnding<T>(work: Promise<T>): Promise<T> {
  const signal = ending();
  return signal ? unlessAborted(signal, work) : work;
}

/** Certificates and names: what an apply would find out after six minutes. */

import { type CertificateDetail, DescribeCertificateCommand } from "@aws-sdk/client-acm";
import { DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { paginateListSubscriptionsByTopic } from "@aws-sdk/client-sns";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { CLOUDFRONT_REGION, HOME_REGION } from "../../local/regions.ts";
import { all } from "../inventory/item.ts";
import { type Check, type Context, codeOf, type Finding, fail, pass, warn } from "./finding.ts";

const DAY_MS = 24 * 3600 * 1000;
/** ACM renews by itself 60 days before the end; what is nearer to it than this does not renew. */
const EXPIRES_SOON_DAYS = 30;

export const certificates: Check = async (context) => {
  const { aws, settings } = context;
  const {
    CERTIFICATE_ARN,
    DOMAIN_NAME = "",
    ORIGIN_CERTIFICATE_ARN,
    ORIGIN_DOMAIN_NAME = "",
  } = settings.values;
  const found = await Promise.all([
    CERTIFICATE_ARN ? certificate(context, aws.edgeAcm, CERTIFICATE_ARN, DOMAIN_NAME, CLOUDFRONT_REGION) : [],
    ORIGIN_CERTIFICATE_ARN
      ? certificate(context, aws.acm, ORIGIN_CERTIFICATE_ARN, ORIGIN_DOMAIN_NAME, HOME_REGION)
      : [
          warn(
            "origin certificate",
            "none: between CloudFront and the balancer keys of writes pass in clear",
            "set ORIGIN_DOMAIN_NAME and ORIGIN_CERTIFICATE_ARN",
          ),
        ],
  ]);
  return found.flat();
};

async function certificate(
  { now }: Context,
  client: Context["aws"]["acm"],
  CertificateArn: string,
  name: string,
  region: string,
): Promise<Finding[]> {
  const what = `certificate for ${name}`;
  const request = `aws acm request-certificate --region ${region} --domain-name ${name} --validation-method DNS`;
  const [, , , arnRegion] = CertificateArn.split(":");
  if (arnRegion !== region) return [fail(what, `it is of ${arnRegion}, and has to be of ${region}`, request)];
  let detail: CertificateDetail;
  try {
    const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn }));
    detail = Certificate ?? {};
  } catch (error) {
    if (codeOf(error) !== "ResourceNotFoundException") throw error;
    return [fail(what, `${CertificateArn} is not there`, request)];
  }
  if (detail.Status !== "ISSUED") {
    const record = detail.DomainValidationOptions?.[0]?.ResourceRecord;
    return [
      fail(
        what,
        `it is ${detail.Status}`,
        record ? `add to your DNS: ${record.Name} ${record.Type} ${record.Value}` : request,
      ),
    ];
  }
  const names = [detail.DomainName ?? "", ...(detail.SubjectAlternativeNames ?? [])];
  if (!names.some((each) => covers(each, name)))
    return [fail(what, `it is for ${[...new Set(names)].join(", ")}`, request)];
  const days = Math.floor(((detail.NotAfter?.getTime() ?? Number.POSITIVE_INFINITY) - now()) / DAY_MS);
  if (days < 0) return [fail(what, "it has run out", request)];
  if (days < EXPIRES_SOON_DAYS)
    return [
      warn(
        what,
        `it runs out in ${days} days and was not renewed`,
        "see that its validation record is still in your DNS; import a new one if it was imported",
      ),
    ];
  return [pass(what, `issued${Number.isFinite(days) ? `, for ${days} days` : ""}`)];
}

/** `*.shop.example` covers one label. */
function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  return pattern.startsWith("*.") && name.slice(name.indexOf(".") + 1) === pattern.slice(2);
}

export const originName: Check = async ({ aws, settings, resolve }) => {
  const { ORIGIN_DOMAIN_NAME: name } = settings.values;
  if (!name) return [];
  const what = `DNS of ${name}`;
  const balancer = await aws.loadBalancing
    .send(new DescribeLoadBalancersCommand({ Names: [`alb-${settings.suffix}`] }))
    .then(({ LoadBalancers }) => LoadBalancers?.[0]?.DNSName)
    .catch((error: unknown) => {
      if (codeOf(error) === "LoadBalancerNotFoundException" || codeOf(error) === "LoadBalancerNotFound")
        return undefined;
      throw error;
    });
  if (!balancer)
    return [
      warn(
        what,
        "there is no balancer yet",
        `after the first deployment point ${name} at the output alb-dns-name; until then the edge answers 502`,
      ),
    ];
  const [wanted, got] = await Promise.all([resolve(balancer), resolve(name)]);
  const mend = `point ${name} at ${balancer} (CNAME, or an alias record)`;
  if (got.length === 0) return [fail(what, "it leads nowhere", mend)];
  if (!got.some((address) => wanted.includes(address)))
    return [fail(what, `it leads to ${got.join(", ")}, not to the balancer`, mend)];
  return [pass(what, `leads to ${balancer}`)];
};

export const alarmSubscription: Check = async ({ aws, settings }) => {
  const { ALARM_EMAIL: address } = settings.values;
  const what = "alarm subscription";
  if (!address)
    return [
      warn(
        what,
        "ALARM_EMAIL is not set: nobody is told of an alarm",
        "set ALARM_EMAIL, or subscribe a pager to the topics",
      ),
    ];
  const { Account } = await aws.sts.send(new GetCallerIdentityCommand({}));
  const states = await Promise.all(
    (
      [
        [aws.sns, `arn:aws:sns:eu-north-1:${Account}:topic-alarms-${settings.suffix}`],
        [aws.edgeSns, `arn:aws:sns:us-east-1:${Account}:topic-edge-alarms-${settings.suffix}`],
      ] as const
    ).map(async ([client, TopicArn]) => {
      try {
        const found = await all(
          paginateListSubscriptionsByTopic({ client }, { TopicArn }),
          (page) => page.Subscriptions,
        );
        return found.find(({ Endpoint }) => Endpoint === address)?.SubscriptionArn;
      } catch (error) {
        if (/NotFound/.test(codeOf(error))) return undefined;
        throw error;
      }
    }),
  );
  if (states.every((state) => state === undefined))
    return [pass(what, `${address}, made with the environment`)];
  if (states.some((state) => state === "PendingConfirmation"))
    return [warn(what, `${address} has not confirmed`, `follow the link in AWS's mails to ${address}`)];
  return [pass(what, `${address}, confirmed`)];
};

/** Elastic Load Balancing (awsQuery): a load balancer that is asked for twice, listeners with certificates of ACM. */
import { type ApiResponse, type Call, isOk, json, parameters, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

const CERTIFICATE =
  /arn(?::|%3A)aws(?::|%3A)acm(?::|%3A)[a-z0-9-]+(?::|%3A)\d{12}(?::|%3A)certificate(?:\/|%2F)[0-9a-f-]+/gi;

/**
 * What an application load balancer has before anybody sets it (API reference, LoadBalancerAttribute). Those whose default
 * is empty are left out, for moto has them.
 */
const DEFAULT_ATTRIBUTES: Readonly<Record<string, string>> = {
  "access_logs.s3.enabled": "false",
  "client_keep_alive.seconds": "3600",
  "connection_logs.s3.enabled": "false",
  "deletion_protection.enabled": "false",
  "idle_timeout.timeout_seconds": "60",
  "routing.http.desync_mitigation_mode": "defensive",
  "routing.http.drop_invalid_header_fields.enabled": "false",
  "routing.http.preserve_host_header.enabled": "false",
  "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
  "routing.http.xff_client_port.enabled": "false",
  "routing.http.xff_header_processing.mode": "append",
  "routing.http2.enabled": "true",
  "waf.fail_open.enabled": "false",
};

/**
 * moto takes only certificates that it has issued itself, under names of its own. Each one that a call names is issued
 * when it is first seen, and goes by its own name towards Terraform.
 */
export function elbv2(): Correction[] {
  const issued = new Map<string, string>();

  const issue = async (
    arn: string,
    call: Call,
    forward: (changed: Call) => Promise<ApiResponse>,
  ): Promise<void> => {
    if (issued.has(arn)) return;
    const answer = await forward({
      ...call,
      method: "POST",
      path: "/",
      headers: {
        host: call.headers.host,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "CertificateManager.RequestCertificate",
        authorization: `AWS4-HMAC-SHA256 Credential=testing/20260101/${call.region}/acm/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: Buffer.from(
        JSON.stringify({ DomainName: "origin.example.com", IdempotencyToken: arn.slice(-12) }),
      ),
    });
    if (isOk(answer)) issued.set(arn, json<{ CertificateArn: string }>(answer).CertificateArn);
  };

  return [
    {
      // AWS makes one load balancer however often it is asked with the same settings; moto refuses the second call, which
      // is the provider's own after an answer was lost (API reference, CreateLoadBalancer: "This operation is idempotent").
      service: "elasticloadbalancing",
      operations: ["CreateLoadBalancer"],
      async answer(call, forward) {
        const answer = await forward();
        if (isOk(answer) || !answer.body.includes("DuplicateLoadBalancerName")) return answer;
        const asked = new URLSearchParams({
          Action: "DescribeLoadBalancers",
          Version: "2015-12-01",
          "Names.member.1": parameters(call).get("Name") ?? "",
        });
        const there = await forward({ ...call, body: Buffer.from(asked.toString()) });
        return withBody(
          there,
          there.body.toString().replaceAll("DescribeLoadBalancers", "CreateLoadBalancer"),
        );
      },
    },
    {
      // AWS answers every attribute; moto only those that were set. The provider then leaves in the state what it wanted to
      // set before an outage, and no plan shows that the load balancer does not have it.
      service: "elasticloadbalancing",
      operations: ["DescribeLoadBalancerAttributes"],
      async answer(_call, forward) {
        const answer = await forward();
        const body = answer.body.toString();
        const missing = Object.entries(DEFAULT_ATTRIBUTES)
          .filter(([key]) => !body.includes(`<Key>${key}</Key>`))
          .map(([key, value]) => `<member><Key>${key}</Key><Value>${value}</Value></member>`);
        return withBody(answer, body.replace("</Attributes>", `${missing.join("")}</Attributes>`));
      },
    },
    {
      service: "elasticloadbalancing",
      operations: /Listener/,
      async answer(call, forward) {
        let sent = call.body.toString();
        for (const [written] of sent.matchAll(CERTIFICATE)) {
          const arn = decodeURIComponent(written);
          await issue(arn, call, forward);
          sent = sent.replaceAll(written, encodeURIComponent(issued.get(arn) ?? arn));
        }
        const answer = await forward({ ...call, body: Buffer.from(sent) });
        let body = answer.body.toString();
        for (const [own, given] of issued) body = body.replaceAll(given, own);
        return withBody(answer, body);
      },
    },
  ];
}

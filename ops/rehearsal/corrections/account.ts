/** What an account is asked before a deployment, and moto does not know: as AWS answers in a new account. */
import { json, jsonResponse, parameters, xmlResponse } from "../call.ts";
import type { Correction } from "./correction.ts";

/** AWS's defaults: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html, Fargate's as raised for ten tasks. */
const QUOTAS: Record<string, Record<string, number>> = {
  vpc: { "L-F678F1CE": 5, "L-FE5A380F": 5, "L-0EA8095F": 60 },
  ec2: { "L-0263D0A3": 5 },
  fargate: { "L-3032A538": 40, "L-36FBB829": 40 },
};

const CLASSES = [
  ["db.t3.medium", "db.t3.large", "db.t4g.medium", "db.t4g.large"],
  ["db.r5.large", "db.r5.xlarge", "db.r6g.large", "db.r6g.xlarge", "db.r6g.2xlarge", "db.r7g.large"],
].flat();

export function account(): Correction[] {
  return [
    {
      service: "servicequotas",
      operations: ["GetServiceQuota", "GetAWSDefaultServiceQuota"],
      async answer(call) {
        const { ServiceCode, QuotaCode } = json<{ ServiceCode: string; QuotaCode: string }>(call);
        const Value = QUOTAS[ServiceCode]?.[QuotaCode];
        if (Value === undefined)
          return jsonResponse({ __type: "NoSuchResourceException", Message: "no such quota" }, 400);
        return jsonResponse({ Quota: { ServiceCode, QuotaCode, Value } });
      },
    },
    {
      // moto knows no Aurora class.
      service: "rds",
      operations: ["DescribeOrderableDBInstanceOptions"],
      async answer(call) {
        const asked = parameters(call);
        const wanted = asked.get("DBInstanceClass");
        const options = CLASSES.filter((name) => !wanted || name === wanted).map(
          (name) =>
            `<OrderableDBInstanceOption><Engine>aurora-postgresql</Engine><EngineVersion>${asked.get("EngineVersion") ?? "16.8"}</EngineVersion><DBInstanceClass>${name}</DBInstanceClass><AvailabilityZones><AvailabilityZone><Name>eu-north-1a</Name></AvailabilityZone><AvailabilityZone><Name>eu-north-1b</Name></AvailabilityZone><AvailabilityZone><Name>eu-north-1c</Name></AvailabilityZone></AvailabilityZones></OrderableDBInstanceOption>`,
        );
        return xmlResponse(
          `<DescribeOrderableDBInstanceOptionsResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeOrderableDBInstanceOptionsResult><OrderableDBInstanceOptions>${options.join("")}</OrderableDBInstanceOptions></DescribeOrderableDBInstanceOptionsResult></DescribeOrderableDBInstanceOptionsResponse>`,
        );
      },
    },
    {
      // Whoever holds moto's credentials may do everything.
      service: "iam",
      operations: ["SimulatePrincipalPolicy"],
      async answer(call) {
        const actions = [...parameters(call)].filter(([name]) => name.startsWith("ActionNames.member."));
        const results = actions.map(
          ([, action]) =>
            `<member><EvalActionName>${action}</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>allowed</EvalDecision></member>`,
        );
        return xmlResponse(
          `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${results.join("")}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
        );
      },
    },
    {
      // The image registry's answer for an image that nobody pushed.
      service: "ecr",
      operations: ["DescribeImages", "BatchGetImage"],
      async answer(call, forward) {
        const answer = await forward();
        if (answer.status === 200 || call.operation !== "DescribeImages") {
          return call.operation === "BatchGetImage" ? manifest(call) : answer;
        }
        const { repositoryName, imageIds } = json<{ repositoryName: string; imageIds?: object[] }>(call);
        if (repositoryName !== "catalog-api") return answer;
        return jsonResponse({
          imageDetails: [
            {
              repositoryName,
              registryId: "123456789012",
              imageDigest: DIGEST,
              imageTags: imageIds?.flatMap((id) => ("imageTag" in id ? [id.imageTag] : [])),
              imageSizeInBytes: 90_000_000,
            },
          ],
        });
      },
    },
  ];
}

const DIGEST = `sha256:${"c0ffee".padEnd(64, "0")}`;

/** A list of images for both architectures, so that either setting finds its own. */
function manifest(call: Parameters<Correction["answer"]>[0]) {
  const { repositoryName, imageIds } = json<{ repositoryName: string; imageIds: object[] }>(call);
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: ["amd64", "arm64"].map((architecture) => ({
      digest: DIGEST,
      platform: { os: "linux", architecture },
    })),
  };
  return jsonResponse({
    images: [
      {
        repositoryName,
        imageId: { ...imageIds[0], imageDigest: DIGEST },
        imageManifest: JSON.stringify(index),
      },
    ],
    failures: [],
  });
}

/** Application Auto Scaling (awsJson): tags of a scalable target, alarms of a policy. */
import { isOk, json, jsonResponse } from "../call.ts";
import type { Correction } from "./correction.ts";

/**
 * moto drops the tags of RegisterScalableTarget and lacks the three tag operations: ListTagsForResource answers 500,
 * which the provider retries for minutes.
 */
export function applicationAutoscaling(): Correction[] {
  const tags = new Map<string, Record<string, string>>();
  const arns = new Map<string, string>();
  const service = "application-autoscaling";
  return [
    {
      service,
      operations: ["RegisterScalableTarget"],
      async answer(call, forward) {
        const answer = await forward();
        const { Tags } = json<{ Tags?: Record<string, string> }>(call);
        if (isOk(answer) && Tags)
          tags.set(json<{ ScalableTargetARN: string }>(answer).ScalableTargetARN, Tags);
        return answer;
      },
    },
    {
      service,
      operations: ["ListTagsForResource", "TagResource", "UntagResource"],
      async answer(call) {
        const input = json<{ ResourceARN: string; Tags?: Record<string, string>; TagKeys?: string[] }>(call);
        const current = { ...tags.get(input.ResourceARN), ...input.Tags };
        for (const key of input.TagKeys ?? []) delete current[key];
        tags.set(input.ResourceARN, current);
        return jsonResponse(call.operation === "ListTagsForResource" ? { Tags: current } : {});
      },
    },
    {
      service,
      operations: ["PutScalingPolicy"],
      // moto makes new alarms for a policy that is put again, and forgets those that it had: they would outlive the policy. It makes
      // a new ARN as well, where AWS updates the policy
      // (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html): alarms name the first.
      async answer(call, forward) {
        const target = String(call.headers["x-amz-target"]).replace(/\w+$/, "DeleteScalingPolicy");
        const policy = json<ScalingPolicy>(call);
        const { PolicyName, ServiceNamespace, ResourceId, ScalableDimension } = policy;
        const first = arns.get(keyOf(policy)); // what is sent to moto in between is corrected too, and forgets it
        await forward({
          ...call,
          operation: "DeleteScalingPolicy",
          headers: { ...call.headers, "x-amz-target": target },
          body: Buffer.from(JSON.stringify({ PolicyName, ServiceNamespace, ResourceId, ScalableDimension })),
        });
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const put = json<{ PolicyARN: string }>(answer);
        const PolicyARN = first ?? put.PolicyARN;
        arns.set(keyOf(policy), PolicyARN);
        return jsonResponse({ ...put, PolicyARN });
      },
    },
    {
      service,
      operations: ["DescribeScalingPolicies"],
      async answer(_, forward) {
        const answer = await forward();
        if (!isOk(answer)) return answer;
        const described = json<{ ScalingPolicies: ScalingPolicy[] }>(answer);
        return jsonResponse({
          ...described,
          ScalingPolicies: described.ScalingPolicies.map((policy) => ({
            ...policy,
            PolicyARN: arns.get(keyOf(policy)) ?? policy.PolicyARN,
          })),
        });
      },
    },
    {
      service,
      operations: ["DeleteScalingPolicy"],
      async answer(call, forward) {
        const answer = await forward();
        if (isOk(answer)) arns.delete(keyOf(json<ScalingPolicy>(call)));
        return answer;
      },
    },
  ];
}

interface ScalingPolicy {
  readonly PolicyName: string;
  readonly ServiceNamespace: string;
  readonly ResourceId: string;
  readonly ScalableDimension: string;
  readonly PolicyARN?: string;
}

const keyOf = ({ PolicyName, ServiceNamespace, ResourceId, ScalableDimension }: ScalingPolicy) =>
  [ServiceNamespace, ScalableDimension, ResourceId, PolicyName].join(" ");

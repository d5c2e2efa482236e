/** EC2 (ec2Query): descriptions of security-group rules. */
import { type Answer, type Call, isOk, parameters, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

const RULE_ID = /<securityGroupRuleId>([^<]+)<\/securityGroupRuleId>/g;

/**
 * moto keeps the description of a rule for an address range, and loses it for a security group or a prefix list; every
 * plan would write it again. A call authorises one rule at a time here, as the provider's standalone rules do.
 */
export function ec2(): Correction[] {
  const descriptions = new Map<string, string>();

  const described = (answer: Answer): Answer =>
    withBody(
      answer,
      answer.body.toString().replaceAll(RULE_ID, (element, id: string) => {
        const description = descriptions.get(id);
        return description === undefined
          ? element
          : `${element}<description>${escapeXml(description)}</description>`;
      }),
    );

  return [
    {
      service: "ec2",
      operations: ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"],
      async answer(call, forward) {
        const answer = await forward();
        const ids = [...answer.body.toString().matchAll(RULE_ID)].map(([, id]) => id!);
        const description = lostDescription(call);
        if (isOk(answer) && ids.length === 1 && description !== null) descriptions.set(ids[0]!, description);
        return described(answer);
      },
    },
    {
      service: "ec2",
      operations: ["DescribeSecurityGroupRules"],
      answer: async (_, forward) => described(await forward()),
    },
    {
      service: "ec2",
      operations: ["ModifySecurityGroupRules"],
      async answer(call, forward) {
        const answer = await forward();
        const sent = parameters(call);
        const id = sent.get("SecurityGroupRule.1.SecurityGroupRuleId");
        const description = sent.get("SecurityGroupRule.1.SecurityGroupRule.Description");
        if (isOk(answer) && id !== null && descriptions.has(id) && description !== null)
          descriptions.set(id, description);
        return answer;
      },
    },
  ];
}

const lostDescription = (call: Call): string | null => {
  const sent = parameters(call);
  return (
    sent.get("IpPermissions.1.Groups.1.Description") ??
    sent.get("IpPermissions.1.UserIdGroupPairs.1.Description") ??
    sent.get("IpPermissions.1.PrefixListIds.1.Description")
  );
};

const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

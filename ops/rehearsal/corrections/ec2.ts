/** EC2 (ec2Query): descriptions of security-group rules. */
import { type ApiResponse, type Call, isOk, parameters, withBody } from "../call.ts";
import type { Correction } from "./correction.ts";

const RULE_ID = /<securityGroupRuleId>([^<]*)<\/securityGroupRuleId>/;

/**
 * moto keeps the description of a rule for an address range, and loses it for a security group or a prefix list; every
 * plan would write it again. A call authorises one rule at a time here, as the provider's standalone rules do.
 */
export function ec2(): Correction[] {
  const descriptions = new Map<string, string>();

  // A rule is what follows its identifier. Once the description was changed, moto has one of its own as well.
  const described = (answer: ApiResponse): ApiResponse => {
    const [head, ...rules] = answer.body.toString().split(/(?=<securityGroupRuleId>)/);
    const withDescriptions = rules.map((rule) => {
      const [element, id] = RULE_ID.exec(rule)!;
      const description = descriptions.get(id!);
      if (description === undefined) return rule;
      const rest = rule.slice(element.length).replace(/<description>[^<]*<\/description>/, "");
      return `${element}<description>${escapeXml(description)}</description>${rest}`;
    });
    return withBody(answer, [head, ...withDescriptions].join(""));
  };

  return [
    {
      service: "ec2",
      operations: ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"],
      async answer(call, forward) {
        const answer = await forward();
        const id = RULE_ID.exec(answer.body.toString())?.[1];
        const description = lostDescription(call);
        if (isOk(answer) && id !== undefined && description !== null) descriptions.set(id, description);
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

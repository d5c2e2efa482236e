import { paginateDescribeSecurityGroupRules, RevokeSecurityGroupEgressCommand } from "@aws-sdk/client-ec2";
import type { Aws } from "../aws.ts";
import { all } from "../inventory/item.ts";

/**
 * AWS gives each new security group a rule that lets everything out, and the provider revokes it in a second call. A run
 * that was killed between the two leaves the group open; an import does not look at rules, and would leave it so for ever.
 */
export async function closeDefaultEgress(
  { ec2 }: Pick<Aws, "ec2">,
  groups: readonly string[],
): Promise<string[]> {
  if (groups.length === 0) return [];
  const Filters = [{ Name: "group-id", Values: [...groups] }];
  const rules = await all(
    paginateDescribeSecurityGroupRules({ client: ec2 }, { Filters }),
    (page) => page.SecurityGroupRules,
  );
  // The stack's own rules are tagged, and none of them opens every port.
  const open = rules.filter(
    ({ IsEgress, IpProtocol, CidrIpv4, CidrIpv6, Tags = [] }) =>
      IsEgress &&
      IpProtocol === "-1" &&
      (CidrIpv4 === "0.0.0.0/0" || CidrIpv6 === "::/0") &&
      Tags.length === 0,
  );
  for (const { GroupId, SecurityGroupRuleId = "" } of open) {
    await ec2.send(
      new RevokeSecurityGroupEgressCommand({ GroupId, SecurityGroupRuleIds: [SecurityGroupRuleId] }),
    );
  }
  return open.map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId);
}

/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, gateway, query } from "../support.ts";

describe("descriptions of security-group rules", () => {
  const rule = (id: string) => `<item><securityGroupRuleId>${id}</securityGroupRuleId></item>`;

  it("are given back for a rule between groups, and follow a change", async () => {
    const send = gateway();
    const body = query({ "IpPermissions.1.Groups.1.Description": "API to <Aurora>" });
    await send({ service: "ec2", operation: "AuthorizeSecurityGroupIngress", body }, answer(rule("sgr-1")));
    const read = async () =>
      (
        await send(
          { service: "ec2", operation: "DescribeSecurityGroupRules" },
          answer(rule("sgr-1") + rule("sgr-2")),
        )
      ).body;
    assert.equal(
      await read(),
      `<item><securityGroupRuleId>sgr-1</securityGroupRuleId><description>API to &lt;Aurora&gt;</description></item>${rule("sgr-2")}`,
    );
    const change = query({
      "SecurityGroupRule.1.SecurityGroupRuleId": "sgr-1",
      "SecurityGroupRule.1.SecurityGroupRule.Description": "new",
    });
    await send(
      { service: "ec2", operation: "ModifySecurityGroupRules", body: change },
      answer("<return>true</return>"),
    );
    assert.match(await read(), /<description>new</);
    // As moto answers then: a client that takes an element twice for a list cannot read it.
    const own = rule("sgr-1").replace("</item>", "<description>new</description></item>");
    const { body: once } = await send(
      { service: "ec2", operation: "DescribeSecurityGroupRules" },
      answer(own + rule("sgr-2")),
    );
    assert.deepEqual(once.match(/<description>new</g), ["<description>new<"]);
  });
});

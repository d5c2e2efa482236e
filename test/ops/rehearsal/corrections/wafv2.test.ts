/** Each correction against the shape in which moto answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, gateway, input } from "../support.ts";

describe("a web ACL's data protection", () => {
  it("is what was last sent for it, and none where none was", async () => {
    const call = gateway();
    const show = async (Id: string) => {
      const moto = answer({ WebACL: { Id, Name: "acl" }, LockToken: "t" });
      const shown = await call({ service: "wafv2", operation: "GetWebACL", body: input({ Id }) }, moto);
      return JSON.parse(shown.body) as object;
    };
    const created = answer({ Summary: { Id: "1" } });
    const first = { DataProtections: ["cookie"] };
    const body = input({ Name: "acl", DataProtectionConfig: first });
    await call({ service: "wafv2", operation: "CreateWebACL", body }, created);
    const other = answer({ Summary: { Id: "2" } });
    await call({ service: "wafv2", operation: "CreateWebACL", body: input({ Name: "other" }) }, other);
    const shown = (DataProtectionConfig: object) => ({
      WebACL: { Id: "1", Name: "acl", DataProtectionConfig },
      LockToken: "t",
    });
    assert.deepEqual(await show("1"), shown(first));
    assert.deepEqual(await show("2"), { WebACL: { Id: "2", Name: "acl" }, LockToken: "t" });
    const second = { DataProtections: ["authorization"] };
    const update = input({ Id: "1", DataProtectionConfig: second });
    await call({ service: "wafv2", operation: "UpdateWebACL", body: update }, answer({ NextLockToken: "u" }));
    assert.deepEqual(await show("1"), shown(second));
  });
});

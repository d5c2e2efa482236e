/** Each cause is provoked by what AWS answers, and named with what mends it; a clean account has none. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { synthesise } from "../../../local/synthesise.ts";
import type { JsonObject } from "../../../local/terraform-json/index.ts";
import { preflight } from "../../../ops/preflight/preflight.ts";
import { type Answers, fakeAws } from "../support/fake-aws.ts";
import { BALANCER, CAUSES, CLEAN, fails, gatewaysIn, NOW, SETTINGS } from "./causes/index.ts";

const stacks = new Map<string, JsonObject>();
async function look(
  settings: Record<string, string | undefined> = {},
  answers: Answers = {},
  addresses: Record<string, string[]> = {},
  elsewhere?: Record<string, Answers>,
  timeoutMs = 600_000, // a busy machine takes its time
  login?: Promise<void>,
) {
  const values = Object.fromEntries(
    Object.entries({ ...SETTINGS, ...settings }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const key = JSON.stringify(values);
  const stack = stacks.get(key) ?? (await synthesise({ ...SETTINGS, ...settings }));
  stacks.set(key, stack);
  const lookUp: Record<string, string[]> = {
    [BALANCER]: ["192.0.2.1"],
    "origin.shop.example": ["192.0.2.1"],
    ...addresses,
  };
  const aws = fakeAws({ ...CLEAN, ...answers });
  if (login) {
    const { credentials } = aws.sts.config;
    const { send } = aws.sts;
    aws.sts.config.credentials = async () => login.then(() => credentials());
    aws.sts.send = (async (...sent: Parameters<typeof send>) =>
      login.then(() => send(...sent))) as typeof send;
  }
  return preflight({
    aws,
    settings: {
      file: "production.env",
      suffix: "prod",
      values,
      ignored: [],
      variables: values,
      environment: {},
    },
    stack,
    inRegion: (region) => fakeAws({ ...CLEAN, ...elsewhere?.[region] }),
    now: () => NOW,
    timeoutMs,
    resolve: async (name) => lookUp[name] ?? [],
  });
}

const onlyTwoGateways = ({ QuotaCode }: Record<string, unknown>) => ({
  Quota: { Value: QuotaCode === "L-FE5A380F" ? 2 : 100 },
});

describe("preflight", () => {
  it("finds nothing in a clean account", async () => {
    assert.deepEqual(
      (await look()).filter(({ result }) => result !== "pass"),
      [],
    );
  });

  it("finds nothing in an account in which nothing was ever deployed", async () => {
    const found = await look(
      { ORIGIN_DOMAIN_NAME: undefined, ORIGIN_CERTIFICATE_ARN: undefined },
      {
        HeadObjectCommand: fails("NotFound", 404),
        DescribeLoadBalancersCommand: fails("LoadBalancerNotFoundException"),
        ListSubscriptionsByTopicCommand: fails("NotFoundException", 404),
        GetRoleCommand: fails("NoSuchEntityException", 404),
        GetServiceQuotaCommand: fails("NoSuchResourceException"),
        GetAWSDefaultServiceQuotaCommand: () => ({ Quota: { Value: 60 } }),
      },
    );
    assert.deepEqual(
      found.filter(({ result }) => result === "fail"),
      [],
    );
  });

  it("looks for the state in the state's own region", async () => {
    const gone = {
      HeadBucketCommand: fails("NotFound", 404),
      HeadObjectCommand: fails("NotFound", 404),
      DescribeTableCommand: fails("ResourceNotFoundException"),
    };
    const inIreland = { STATE_REGION: "eu-west-1" };
    const failed = async (...asked: Parameters<typeof look>) =>
      (await look(...asked)).filter(({ result }) => result === "fail").map(({ what }) => what);
    assert.deepEqual(await failed(inIreland, gone), []);
    assert.deepEqual(await failed(inIreland, {}, {}, { "eu-west-1": gone }), ["state bucket", "lock table"]);
  });

  it("finds nothing in an account whose gateways stand in other zones", async () => {
    const found = await look(
      {},
      { ...gatewaysIn("eu-north-1c", "eu-north-1c"), GetServiceQuotaCommand: onlyTwoGateways },
    );
    assert.deepEqual(
      found.filter(({ result }) => result !== "pass"),
      [],
    );
  });

  it("finds nothing in an account in which snapshots of the database alone were kept", async () => {
    const found = await look(undefined, {
      HeadObjectCommand: fails("NotFound", 404),
      DescribeDBClusterSnapshotsCommand: () => ({
        DBClusterSnapshots: [{ DBClusterSnapshotIdentifier: "snapshot-20261128t1830-prod" }],
      }),
    });
    assert.deepEqual(
      found.filter(({ result }) => result !== "pass"),
      [],
    );
  });

  it("ends in its time where AWS takes calls and answers none: without an answer to who it is, with a failure", async () => {
    const silent = () => new Promise<never>(() => {});
    const [who, ...others] = await look({}, { GetCallerIdentityCommand: silent }, {}, undefined, 10);
    assert.deepEqual([who?.what, who?.result, others], ["credentials", "fail", []]);
    const found = await look({}, { HeadBucketCommand: silent }, {}, undefined, 10);
    const bucket = found.find(({ what }) => what === "state bucket");
    assert.deepEqual([bucket?.result, bucket?.seen], ["warn", "no answer within 0.01 s"]);
  });

  it("waits for a login longer than for AWS, and for minutes at most", async (t) => {
    await look(); // synthesised, so that the next looks set their timers at once
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { promise: login, resolve: loggedIn } = Promise.withResolvers<void>();
    const found = look({}, {}, {}, undefined, 15_000, login);
    t.mock.timers.tick(299_000);
    loggedIn();
    assert.deepEqual(
      (await found).filter(({ result }) => result !== "pass"),
      [],
    );
    const never = look({}, {}, {}, undefined, 15_000, new Promise(() => {}));
    t.mock.timers.tick(300_000);
    const [who, ...others] = await never;
    assert.deepEqual([who?.result, who?.seen, others], ["fail", "no answer within 300 s", []]);
  });

  it("is asked for at least twenty causes", (test) => {
    const results = Object.values(CAUSES).map(({ result }) => result);
    const fails = results.filter((result) => result === "fail").length;
    test.diagnostic(`${results.length} causes, ${fails} of which stand against a deployment`);
    assert.ok(fails >= 20);
  });

  for (const [name, { settings, answers, addresses, result, says, mend }] of Object.entries(CAUSES)) {
    it(`finds ${name}`, async () => {
      const found = (await look(settings, answers, addresses)).filter((finding) => finding.result !== "pass");
      assert.ok(found.length >= 1, "nothing was found");
      const about = found.filter(({ what, seen }) => says.test(`${what} ${seen}`));
      assert.equal(about.length, 1, JSON.stringify(found, undefined, 1));
      assert.equal(about[0]!.result, result);
      assert.match(about[0]!.mend ?? "", mend);
      // One cause is one finding, or one and its shadow: nothing else stands against a clean account.
      assert.ok(found.length <= 2, JSON.stringify(found, undefined, 1));
    });
  }
});

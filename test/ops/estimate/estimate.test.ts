import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { synthesise } from "../../../local/synthesise.ts";
import { Configuration } from "../../../local/terraform-json/index.ts";
import { cost, USAGE } from "../../../ops/estimate/cost.ts";
import { ganttSvg, ganttText } from "../../../ops/estimate/gantt.ts";
import { AS_OF, INSTANCE_HOURS, PRICES, type Price, TABLE } from "../../../ops/estimate/prices.ts";
import { report } from "../../../ops/estimate/report.ts";
import { timetable } from "../../../ops/estimate/time.ts";
import { OPTIONS } from "../../../ops/rehearsal/settings.ts";

const stack = async (settings: Record<string, string> = {}) =>
  new Configuration(await synthesise({ ENVIRONMENT_SUFFIX: "dev", ...settings }));

/** Resources by hand: the numbers can be added up. */
const small = new Configuration({
  resource: {
    aws_vpc: { V: {} },
    aws_nat_gateway: { N: { vpc: "${aws_vpc.V.id}" } },
    aws_lb: { L: { depends_on: ["aws_nat_gateway.N"] } },
    aws_sns_topic: { T: {} },
  },
});

describe("the timetable", () => {
  it("is the longest chain of the durations that others had", () => {
    const { likely, most, bars } = timetable(small, "create");
    assert.equal(likely, 8 + 115 + 165);
    assert.equal(most, 8 + 121 + 190);
    const critical = bars
      .filter((bar) => bar.critical)
      .map(({ address, start, end }) => [address, start, end]);
    assert.deepEqual(critical, [
      ["aws_vpc.V", 0, 8],
      ["aws_nat_gateway.N", 8, 123],
      ["aws_lb.L", 123, 288],
    ]);
  });

  it("turns round for a destroy", () => {
    const { bars } = timetable(small, "destroy");
    const at = (address: string) => bars.find((bar) => bar.address === address)!;
    assert.equal(at("aws_lb.L").start, 0);
    assert.equal(at("aws_nat_gateway.N").start, at("aws_lb.L").end);
    assert.equal(at("aws_vpc.V").start, at("aws_nat_gateway.N").end);
  });

  it("counts only what an apply would make", () => {
    assert.equal(timetable(small, "create", new Set(["aws_lb.L"])).likely, 165);
    assert.equal(timetable(small, "create", new Set()).likely, 0);
  });

  it("keeps the brief's 15 minutes, by what is likely", async () => {
    assert.ok(timetable(await stack(), "create").likely < 15 * 60);
  });

  it("tells what its worst adds up to, each with its source: Aurora may make either instance the writer", async () => {
    const { likely, most, worst } = timetable(await stack(), "create");
    assert.ok(most > likely);
    assert.deepEqual(
      worst.map(({ address }) => address.split(".")[0]),
      ["aws_rds_cluster", "aws_rds_cluster_instance", "aws_ecs_service"],
    );
    assert.deepEqual(
      worst.map(({ seconds }) => seconds),
      [43, 741, 240],
    );
    for (const { source } of worst) assert.match(source, /\w{5}/);
  });

  it("is drawn with each bar that takes seconds, as text and as a picture", async () => {
    const table = timetable(await stack(), "create");
    const long = table.bars.filter(({ start, end }) => end - start >= 5);
    assert.equal(ganttText(table).split("\n").length, long.length);
    assert.equal(ganttSvg(table).match(/<rect x=/g)?.length, long.length);
    for (const { address } of long) assert.ok(ganttSvg(table).includes(address), address);
  });
});

describe("the cost", () => {
  it("prices each type of resource or names it free, with every option on", async () => {
    assert.deepEqual(cost(await stack(OPTIONS)).unpriced, []);
  });

  it("is the sum of its lines, and names what it does not know", () => {
    const { monthly, lines, free } = cost(small);
    const sum = lines.reduce((total, line) => total + line.monthly, 0);
    assert.equal(monthly, sum);
    assert.deepEqual(free, ["aws_sns_topic", "aws_vpc"]);
    assert.deepEqual(cost(new Configuration({ resource: { aws_new_thing: { N: {} } } })).unpriced, [
      "aws_new_thing",
    ]);
  });

  it("follows the settings and the use", async () => {
    const config = await stack();
    const usual = cost(config).monthly;
    assert.ok(cost(await stack({ NAT_GATEWAYS: "1" })).monthly < usual);
    assert.ok(cost(await stack({ DATABASE_INSTANCE_CLASS: "db.r6g.large" })).monthly > usual);
    assert.ok(cost(await stack({ ON_DEMAND_BASE_TASKS: "2" })).monthly > usual);
    assert.ok(cost(await stack({ CPU_ARCHITECTURE: "ARM64" })).monthly < usual);
    for (const key of Object.keys(USAGE) as (keyof typeof USAGE)[]) {
      if (key === "hitRatio") continue;
      assert.ok(cost(config, { ...USAGE, [key]: USAGE[key] * 3 }).monthly > usual, key);
    }
  });

  it("rests on prices with AWS's page and a date each, that say whence they are", () => {
    for (const [name, { source, asOf, basis, ...price }] of Object.entries({
      ...PRICES,
      ...INSTANCE_HOURS,
    })) {
      assert.match(source, /^https:\/\/aws\.amazon\.com\/[\w/-]+\/pricing\/$/, name);
      assert.match(asOf, /^\d{4}-\d\d-\d\d$/);
      assert.ok(asOf <= AS_OF, `${name} is newer than the table`);
      const { readAt } = price as Price;
      assert.equal(basis === "unverified", readAt === undefined, name);
      if (readAt) assert.equal(basis === "aws", new URL(readAt).hostname === "aws.amazon.com", name);
    }
  });

  it("names with each line the prices that it is counted by, and no others", async () => {
    const config = await stack({ ...OPTIONS, CPU_ARCHITECTURE: "ARM64", ON_DEMAND_BASE_TASKS: "1" });
    const { lines } = cost(config);
    for (const part of ["prices", "instanceHours"] as const)
      for (const [name, price] of Object.entries(TABLE[part])) {
        const dearer = { ...TABLE, [part]: { ...TABLE[part], [name]: { ...price, usd: price.usd * 2 } } };
        const changed = cost(config, USAGE, dearer).lines.map(
          ({ monthly }, at) => monthly !== lines[at]!.monthly,
        );
        assert.deepEqual(
          changed,
          lines.map(({ by }) => by.includes(price)),
          name,
        );
      }
  });

  it("says of each line in the text whether its price is unverified", async () => {
    const config = await stack(OPTIONS);
    const money = cost(config);
    const text = report(timetable(config, "create"), timetable(config, "destroy"), money);
    for (const { what, from, by } of money.lines) {
      const line = text.split("\n").find((each) => each.includes(what) && each.includes(from))!;
      assert.equal(
        line.includes("unverified"),
        by.some(({ basis }) => basis === "unverified"),
        line,
      );
      assert.match(line, /unverified|\d{4}-\d\d-\d\d/);
    }
  });
});

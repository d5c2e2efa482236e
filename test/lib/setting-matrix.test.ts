/**
 * Every setting with every value that it may and may not have, alone and together: it either becomes a stack that the provider
 * takes, or is refused in one sentence that names it and says what to change. Nothing in between.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readConfig } from "../../api/src/config.ts";
import { UserError } from "../../lib/aws/core/index.ts";
import { readSettings, SETTINGS, type Settings } from "../../lib/settings.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import { writeModules } from "../../ops/rehearsal/changes/batch.ts";
import { cliConfiguration, findProviderMirror } from "../../ops/rehearsal/mirror.ts";
import { Terraform } from "../../ops/terraform.ts";
import { findTerraform, skipWithout } from "../../ops/tools.ts";
import { acm, type Environment, KEYS, VALID, variableOf } from "../support/setting-values.ts";
import { stackOf } from "../support/stack.ts";

/** Every setting set; what cannot stand beside each other's bounds is where the interactions are asked. */
const together = (index: number): Environment =>
  Object.fromEntries(KEYS.map((key) => [variableOf(key), VALID[key][index % VALID[key].length]!]));

const ROUNDS = Math.max(...Object.values(VALID).map(({ length }) => length));

/** What a slip of the hand, another's convention or an attempt on Terraform's expressions makes of a value. */
const SLIPS: Readonly<Record<string, (value: string) => string>> = {
  "a space before": (value) => ` ${value}`,
  "a space behind": (value) => `${value} `,
  "a line break": (value) => `${value}\n`,
  "a line break of Windows": (value) => `${value}\r\n`,
  "a tab": (value) => `${value}\t`,
  "a space that does not break": (value) => `${value}\u00a0`,
  "a space of no width": (value) => `${value}\u200b`,
  "a byte order mark": (value) => `\ufeff${value}`,
  "a comment behind": (value) => `${value} # as agreed`,
  "a unit behind": (value) => `${value}s`,
  "a per cent sign behind": (value) => `${value}%`,
  "a plus before": (value) => `+${value}`,
  "a zero before": (value) => `0${value}`,
  "a zero before a part": (value) => value.replace(/(?<=\D)(?=\d)/, "0"),
  "typographic quotes": (value) => `“${value}”`,
  quotes: (value) => `"${value}"`,
  "a comma behind": (value) => `${value},`,
  twice: (value) => `${value}${value}`,
  "the other case": (value) => (value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase()),
  "a capital within": (value) => value.replace(/(?<=\W)[a-z]/, (letter) => letter.toUpperCase()),
  "its first half": (value) => value.slice(0, Math.floor(value.length / 2)),
  "without the last": (value) => value.slice(0, -1),
  "one more digit": (value) => `${value}0`,
  negative: (value) => `-${value}`,
  "as a fraction": (value) => `${value}.5`,
  "with an exponent": (value) => `${value}e1`,
  "hyphens in a row": (value) => value.replace("-", "--"),
  "another region": (value) => value.replaceAll("eu-north-1", "eu-west-1"),
  "full-width digits": (value) =>
    value.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
  "an interpolation": (value) => `${value}\${path.cwd}`,
  "a directive": (value) => `%{ if true }${value}%{ endif }`,
  "too long": (value) => value.repeat(300),
  zero: () => "0",
  hexadecimal: () => "0x10",
  "not a number": () => "NaN",
  "a space alone": () => " ",
  word: () => "nonsense",
};

/** Refused in one sentence that says which setting, and what to do. */
function assertRefusal(error: unknown, of: readonly string[], about: string): void {
  assert.ok(error instanceof UserError, `${about}: ${error}`);
  const { message } = error;
  assert.ok(
    of.some((variable) => message.includes(variable)),
    `${about}: names no setting that was set: ${message}`,
  );
  assert.match(
    message,
    /\b(use|lower|raise|set|unset|take|give|name)\b/i,
    `${about}: does not say what to change`,
  );
  assert.match(message, /^[^\n]+\.$/, `${about}: is no sentence`);
}

/** The settings that an environment makes; undefined where they are refused as they shall be. */
function accepted(environment: Environment, about: string) {
  try {
    return readSettings(environment);
  } catch (error) {
    assertRefusal(error, Object.keys(environment), about);
    return undefined;
  }
}

/** What the tasks would not start with: the container reads its own environment. */
function assertApiStarts(stack: JsonObject, about: string): void {
  const [definition] = Object.values((stack.resource as Record<string, JsonObject>).aws_ecs_task_definition!);
  const containers = JSON.parse(String((definition as JsonObject).container_definitions)) as {
    name: string;
    environment: { name: string; value: string }[];
  }[];
  const api = containers.find(({ name }) => name === "api")!;
  const known = Object.fromEntries(
    api.environment.map(({ name, value }) => [name, value.includes("${") ? "" : value]),
  );
  assert.doesNotThrow(() => readConfig(known), about);
}

/** What the provider says of stacks, all of them in one run; nothing where Terraform is missing. */
async function assertValid(stacks: readonly JsonObject[]): Promise<void> {
  const tools = skipWithout("validation by the provider", () => findTerraform());
  if (!tools) return;
  const folder = await mkdtemp(path.join(tmpdir(), "catalog-settings-"));
  try {
    await writeModules(folder, stacks);
    const configuration = path.join(folder, "terraform.rc");
    await writeFile(configuration, cliConfiguration(findProviderMirror()));
    const environment = { ...process.env, TF_CLI_CONFIG_FILE: configuration };
    const terraform = new Terraform({ executable: tools.terraform, folder, environment });
    await terraform.init();
    await terraform.validate();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What Application Auto Scaling takes, and what a sale asks for. */
function assertScales(settings: Settings, about: string): void {
  const onSpot = settings.maxTasks - settings.spotFallbackTasks;
  assert.ok(settings.minTasks <= onSpot && settings.onDemandBaseTasks <= onSpot, about);
  for (const { minCapacity } of settings.scheduledMinimums)
    assert.ok(minCapacity >= settings.minTasks && minCapacity <= onSpot, about);
}

describe("settings", () => {
  it("are all in the matrix, and what is in it is possible", () => {
    assert.deepEqual(Object.keys(VALID).sort(), [...KEYS].sort());
    for (const key of KEYS)
      for (const value of VALID[key])
        assert.doesNotThrow(() => SETTINGS[key].parse(value), `${variableOf(key)}=${value}`);
  });

  /** What the provider is asked about in the end, all in one run. */
  const stacks: JsonObject[] = [];
  const make = (settings: Settings, about: string) => {
    const stack = stackOf(settings);
    assertApiStarts(stack, about);
    return stack;
  };

  it("of every possible value make a stack with which the API starts", () => {
    for (let index = 0; index < ROUNDS; index++)
      stacks.push(make(readSettings(together(index)), `round ${index}`));
  });

  it("slipped in every way are refused by name, or are as good as the others", async () => {
    const base = together(0);
    const left: [variable: string, value: string][] = [];
    for (const key of KEYS) {
      for (const value of VALID[key]) {
        for (const [slip, change] of Object.entries(SLIPS)) {
          const [variable, slipped] = [variableOf(key), change(value)];
          if (slipped === value || slipped === base[variable]) continue;
          if (accepted({ ...base, [variable]: slipped }, `${variable} with ${slip}`))
            left.push([variable, slipped]);
        }
      }
    }
    // Several of them, each of another setting, make one stack.
    const pooled: Record<string, string>[] = [];
    for (const [variable, value] of left) {
      const home = pooled.find((each) => !(variable in each)) ?? pooled[pooled.push({}) - 1]!;
      home[variable] = value;
    }
    for (const [index, slips] of pooled.entries()) {
      const stack = make(readSettings({ ...base, ...slips }), JSON.stringify(slips));
      if (index === 0) stacks.push(stack); // a slip of every setting that takes one; the provider needs a second for each stack
    }
  });

  it("that act on each other are refused by name, or make a stack", () => {
    const numbers = (least: number, most: number) => fc.integer({ min: least, max: most }).map(String);
    const some = (values: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<Environment> =>
      fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Environment>;
    let made = 0;
    const environments = some({
      MIN_TASKS: numbers(2, 10),
      MAX_TASKS: numbers(2, 10),
      ON_DEMAND_BASE_TASKS: numbers(0, 10),
      SPOT_FALLBACK_TASKS: numbers(0, 8),
      SCHEDULED_MINIMUMS: fc
        .array(
          fc.tuple(
            fc.constantFrom("cron(0 5 * * ? *)", "cron(0 5 * * ? 2020)", "at(2126-01-01T00:00:00)"),
            numbers(2, 12),
          ),
          {
            minLength: 1,
            maxLength: 3,
          },
        )
        .map((all) => all.map((each) => each.join("=")).join("; ")),
      DOMAIN_NAME: fc.constantFrom("shop.example.com", "api.example.com"),
      CERTIFICATE_ARN: fc.constant(acm("us-east-1")),
      ORIGIN_DOMAIN_NAME: fc.constantFrom("shop.example.com", "origin.example.com"),
      ORIGIN_CERTIFICATE_ARN: fc.constant(acm("eu-north-1")),
      STATE_BUCKET: fc.constant("states"),
      STATE_LOCK_TABLE: fc.constant("locks"),
    });
    fc.assert(
      fc.property(environments, (environment) => {
        const settings = accepted(environment, JSON.stringify(environment));
        if (settings) assertScales(settings, JSON.stringify(environment));
        // A stack takes a fifth of a second: some of them stand for all.
        if (settings && made++ < 15)
          assert.doesNotThrow(() => stackOf(settings), JSON.stringify(environment));
      }),
      { numRuns: 1500 },
    );
    assert.ok(made > 15, `only ${made} of them were possible`);
  });

  it("make stacks that the provider takes", async () => {
    assert.ok(stacks.length > ROUNDS, "some slips are possible values");
    await assertValid(stacks);
  });
});

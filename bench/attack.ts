import { mkdir } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../api/dev/catalogue/random.ts";
import { command, integer, run } from "../cli/command.ts";
import { jsonOption } from "../cli/output.ts";
import { startApi } from "./api/contenders.ts";
import { cpuOf, cpuOfTree, describeMachine } from "./api/machine.ts";
import { BEHIND_BALANCER, type Seen, Shoppers, send } from "./api/shoppers.ts";
import { type Corners, startCorners } from "./corners/catalogue.ts";
import { requests } from "./corners/requests.ts";
import { readValues } from "./corners/values.ts";
import { publish } from "./report.ts";

const ROOT = join(import.meta.dirname, "..");
/** How much longer than in quiet times the others may wait. */
const WORST_RATIO = 2;
/** Random requests of which the slowest is what the attackers send. */
const CANDIDATES = 200;
/** Any selection of them is another address, and so is not in the cache; all cost the same. */
const FIELDS = ["slug", "name", "brand", "price", "availability", "image", "categories", "createdAt"];

/** What the shoppers saw in a phase. */
interface Phase extends Seen {
  phase: string;
  /** Of the attackers: answers with 200, and others. */
  attack: { answered: number; refused: number };
  /** Processors that were busy on average. */
  busy: { api: number; postgres: number; bench: number };
}

const bench = command("npm run bench:attack --", {
  1: `the others' p99 was more than ${WORST_RATIO} times what it was`,
})
  .description(
    "Looks for the slowest of some random requests, and has clients send nothing else, each as soon as it has an answer, while " +
      "shoppers go on asking for products, lists and searches: first each attacker at an address of its own, then all at one. " +
      "Prints what the shoppers see before, during and after. Rate limits and shedding are as deployed. The report is also " +
      "written to bench/results/attack.md.",
  )
  .option("--products <n>", "size of the catalogue", integer(1_000, 10_000_000), 100_000)
  .option("--clients <n>", "attackers", integer(1, 1_000), 50)
  .option("--rate <n>", "requests a second of all shoppers", integer(1, 1_000), 50)
  .option("--seconds <n>", "length of a phase", integer(5, 600), 30)
  .addOption(jsonOption)
  .action(async ({ json, ...options }) => {
    await mkdir(join(ROOT, ".postgres"), { recursive: true, mode: 0o755 });
    const corners = await startCorners(options.products, join(ROOT, `.postgres/corners-${options.products}`));
    try {
      const worst = await slowest(corners);
      const api = await startApi(corners.server, {
        ...BEHIND_BALANCER,
        RATE_LIMIT_PER_MINUTE: "600",
      });
      try {
        const seen = await play(
          { url: api.url, api: api.pid, postgres: corners.server.pid! },
          worst.path,
          options,
        );
        const report = { machine: describeMachine(), ...options, worst, seen };
        await publish("attack", json, report, toMarkdown(report));
        if (seen.some((_, number) => (ratioOf(seen, number) ?? 0) > WORST_RATIO)) process.exitCode = 1;
      } finally {
        await api.stop();
      }
    } finally {
      await corners.stop();
    }
  });

/** The slowest list of random requests, by the second time that it is asked for: by then what it reads is in memory. */
async function slowest({ app, client }: Corners): Promise<{ path: string; ms: number }> {
  const document = (await app.inject("/openapi.json")).json();
  const made = requests(document, await readValues(client, 1), 1, "/v1/products");
  const timed: { path: string; ms: number }[] = [];
  const time = async (path: string) => {
    const started = performance.now();
    const { statusCode } = await app.inject(path);
    return { path, ms: performance.now() - started, statusCode };
  };
  for (let number = 0; number < CANDIDATES; number++) {
    const { path } = made.next().value!;
    if (!path.startsWith("/v1/products?") || path.includes("fields=")) continue;
    const { statusCode, ms } = await time(path);
    if (statusCode === 200) timed.push({ path, ms });
  }
  const again: { path: string; ms: number }[] = [];
  for (const { path } of timed.toSorted((a, b) => b.ms - a.ms).slice(0, 10)) again.push(await time(path));
  return again.reduce((worst, each) => (each.ms > worst.ms ? each : worst));
}

interface Options {
  products: number;
  clients: number;
  rate: number;
  seconds: number;
}

interface Target {
  url: string;
  /** Process ids. */
  api: number;
  postgres: number;
}

/** The others' p99 in an attack, as a multiple of the mean before and after it: machines drift. Undefined: it was quiet. */
function ratioOf(seen: readonly Phase[], number: number): number | undefined {
  return number % 2 === 0
    ? undefined
    : (2 * seen[number]!.p99) / (seen[number - 1]!.p99 + seen[number + 1]!.p99);
}

async function play({ url, ...pids }: Target, worst: string, options: Options): Promise<Phase[]> {
  const { clients, products, rate, seconds } = options;
  const phases: [string, (i: number) => string | undefined][] = [
    ["quiet", () => undefined],
    [`${clients} attackers`, (i) => `198.51.100.${i % 250}`],
    ["quiet again", () => undefined],
    [`one attacker over ${clients} connections`, () => "198.51.100.251"],
    ["quiet at last", () => undefined],
  ];
  const shoppers = new Shoppers(url, products, rate);
  await shoppers.until(sleep(5_000));
  const seen: Phase[] = [];
  for (const [phase, attacker] of phases) {
    const over = sleep(seconds * 1_000);
    const before = cpuSeconds(pids);
    const [shopping, attack] = await Promise.all([
      shoppers.until(over),
      attackUntil(over, url + worst, clients, attacker),
    ]);
    const after = cpuSeconds(pids);
    const busy = {
      api: (after.api - before.api) / seconds,
      postgres: (after.postgres - before.postgres) / seconds,
      bench: (after.bench - before.bench) / seconds,
    };
    seen.push({ phase, ...shopping, attack, busy });
  }
  return seen;
}

const cpuSeconds = ({ api, postgres }: Omit<Target, "url">): Phase["busy"] => ({
  api: cpuOf(api) / 1e6,
  postgres: cpuOfTree(postgres) / 1e6,
  bench: cpuOf(process.pid) / 1e6,
});

/** @param address of each attacker; undefined: it does nothing. */
async function attackUntil(
  over: Promise<unknown>,
  worst: string,
  clients: number,
  address: (i: number) => string | undefined,
): Promise<Phase["attack"]> {
  const agent = new Agent({ keepAlive: true });
  const random = new Random(1, 4);
  const attack = { answered: 0, refused: 0 };
  let going = true;
  void over.then(() => {
    going = false;
  });
  const page = worst.replace(/[?&]limit=\d+/, "");
  const attackers = Array.from({ length: clients }, async (_, i) => {
    const own = address(i);
    while (own !== undefined && going) {
      const fields = random.sample(FIELDS, random.integer(1, FIELDS.length)).join(",");
      const status = await send(`${page}&limit=${random.integer(1, 100)}&fields=${fields}`, own, agent);
      if (status === 200) attack.answered++;
      else attack.refused++;
    }
  });
  await Promise.all(attackers);
  agent.destroy();
  return attack;
}

function toMarkdown({
  machine,
  products,
  rate,
  seconds,
  worst,
  seen,
}: Options & { machine: string; worst: { path: string; ms: number }; seen: Phase[] }): string {
  return [
    `${products.toLocaleString("en")} products, ${rate} requests/s of shoppers, phases of ${seconds} s. ${machine}.`,
    "",
    `The attackers send \`${worst.path}\` (${worst.ms.toFixed(0)} ms alone), each time another page length and selection of fields.`,
    "",
    "| phase | shoppers' requests | p50 ms | p99 ms | of quiet | refused | attackers answered | attackers refused | processors busy: API | PostgreSQL | bench |",
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ...seen.map(
      ({ phase, requests, p50, p99, refused, attack, busy }, number) =>
        `| ${phase} | ${requests} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${ratioOf(seen, number)?.toFixed(1).concat(" ×") ?? ""} | ${refused} | ${attack.answered} | ${attack.refused} | ${busy.api.toFixed(2)} | ${busy.postgres.toFixed(2)} | ${busy.bench.toFixed(2)} |`,
    ),
    "",
  ].join("\n");
}

await run(bench);

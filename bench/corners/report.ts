import type { CornerRequest } from "./requests.ts";

export interface Answered extends CornerRequest {
  status: number;
  ms: number;
}

/** Requests with the same parameters. */
export interface Corner {
  signature: string;
  requests: number;
  /** Milliseconds. */
  p50: number;
  worst: Answered;
  /** What PostgreSQL did for the worst, the statement that read most first. */
  statements?: { rows: number; plan: string }[];
}

export interface Operation {
  path: string;
  requests: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  worst: number;
  /** Answers with status 500 and above. */
  errors: number;
  /** The slowest first. */
  corners: Corner[];
}

/** By operation, and in each by signature. Refused requests are not counted: nothing was read for them. */
export function rank(answered: readonly Answered[]): Operation[] {
  const taken = answered.filter(({ status }) => status === 200 || status >= 500);
  return [...Map.groupBy(taken, ({ signature }) => signature.split("?")[0]!)]
    .map(([path, requests]) => {
      const times = requests.map(({ ms }) => ms).toSorted((a, b) => a - b);
      const corners = [...Map.groupBy(requests, ({ signature }) => signature)].map(([signature, same]) => ({
        signature,
        requests: same.length,
        p50: quantile(
          same.map(({ ms }) => ms).toSorted((a, b) => a - b),
          0.5,
        ),
        worst: same.reduce((worst, each) => (each.ms > worst.ms ? each : worst)),
      }));
      return {
        path,
        requests: requests.length,
        p50: quantile(times, 0.5),
        p99: quantile(times, 0.99),
        worst: times.at(-1)!,
        errors: requests.filter(({ status }) => status >= 500).length,
        corners: corners.toSorted((a, b) => b.worst.ms - a.worst.ms),
      };
    })
    .toSorted((a, b) => b.worst - a.worst);
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;

/** What was found in a catalogue of a size. */
export interface Size {
  products: number;
  operations: Operation[];
}

interface Report {
  machine: string;
  requests: number;
  seed: number;
  sizes: readonly Size[];
}

const whole = (value: number): string => value.toLocaleString("en");
const ms = (value: number): string => (value < 10 ? value.toFixed(1) : whole(Math.round(value)));

export function toMarkdown({ machine, requests, seed, sizes }: Report): string {
  return [
    `${whole(requests)} random requests (seed ${seed}), one at a time, no cache. ${machine}.`,
    ...sizes.flatMap(sizeLines),
    ...(sizes.length > 1 ? comparison(sizes) : []),
    "",
  ].join("\n");
}

function sizeLines({ products, operations }: Size): string[] {
  const lines = [
    "",
    `# ${whole(products)} products`,
    "",
    "| operation | requests | p50 ms | p99 ms | worst ms | errors |",
    "|---|--:|--:|--:|--:|--:|",
    ...operations.map(
      ({ path, requests, p50, p99, worst, errors }) =>
        `| \`${path}\` | ${requests} | ${ms(p50)} | ${ms(p99)} | ${ms(worst)} | ${errors} |`,
    ),
  ];
  for (const { path, corners } of operations) {
    const explained = corners.filter(({ statements }) => statements);
    lines.push("", `## \`${path}\``);
    for (const { signature, worst, statements } of explained) {
      lines.push("", `${ms(worst.ms)} ms: \`${signature}\`, as \`${worst.path}\``);
      for (const { rows, plan } of statements!.slice(0, 2))
        lines.push("", `${whole(rows)} rows:`, "```", plan, "```");
    }
  }
  return lines;
}

/** How much slower than in the smallest catalogue. */
function comparison(sizes: readonly Size[]): string[] {
  const [smallest, ...larger] = sizes.toSorted((a, b) => a.products - b.products);
  const p99Of = ({ operations }: Size, path: string) =>
    operations.find((operation) => operation.path === path)?.p99 ?? Number.NaN;
  return [
    "",
    `# p99 against that of ${whole(smallest!.products)} products`,
    "",
    `| operation | ${larger.map(({ products }) => whole(products)).join(" | ")} |`,
    `|---|${larger.map(() => "--:|").join("")}`,
    ...smallest!.operations.map(
      ({ path, p99 }) =>
        `| \`${path}\` | ${larger.map((size) => `${(p99Of(size, path) / p99).toFixed(2)} ×`).join(" | ")} |`,
    ),
  ];
}

/** A written report of drills, for whoever was not there: Markdown, with its charts as SVG files beside it. */

import { mkdir, writeFile } from "node:fs/promises";
import { cpus, platform, release } from "node:os";
import { join } from "node:path";
import { markdownTable } from "../../../cli/table.ts";
import { drawChart, escapeXml } from "../../page/chart.js";
import { milliseconds, seconds, timeOfDay } from "../../page/format.js";
import { type Definition, definitions } from "../../page/series.js";
import type { DrillResult, Figures, Phase } from "./result.ts";

const WIDTH = 760;
const HEIGHT = 150;
const CAPTION_HEIGHT = 22;
/** The colours of the page (page/style.css): a file of its own must carry them with it. */
const STYLE = `svg{color-scheme:light dark;font:11px system-ui,sans-serif}
path{fill:none;stroke-width:1.6}text{fill:#5b6168}.title{font-weight:600;font-size:12px}
.rule{stroke:#dcdcd6;stroke-width:1}.mark{stroke:#8b8b84;stroke-dasharray:2 3;stroke-width:1}
.limit{stroke:#c0271d;stroke-dasharray:5 4}
.line.main{stroke:#1b64c9}.line.good{stroke:#14763f}.line.miss{stroke:#a85a00}.line.stale{stroke:#6d55b5}.line.bad{stroke:#c0271d}
.area{fill-opacity:.75}.area.good,.key.good{fill:#14763f}.area.miss,.key.miss{fill:#a85a00}.area.stale,.key.stale{fill:#6d55b5}
.key.main{fill:#1b64c9}.key.bad{fill:#c0271d}
@media(prefers-color-scheme:dark){text{fill:#9aa3ad}.rule{stroke:#2f343b}.line.main{stroke:#6aa8f7}.line.good{stroke:#4cc38a}
.line.miss{stroke:#f0a04b}.line.stale{stroke:#a893ee}.line.bad{stroke:#ff7b70}.key.main{fill:#6aa8f7}
.area.good,.key.good{fill:#4cc38a}.area.miss,.key.miss{fill:#f0a04b}.area.stale,.key.stale{fill:#a893ee}.key.bad{fill:#ff7b70}}`;

/**
 * Writes the report into a new folder named after the time.
 *
 * @param folder where reports are kept, e.g. `.preview/reports`
 * @returns the path of the Markdown file
 */
export async function writeReport(folder: string, results: DrillResult[]): Promise<string> {
  const startedAt = Math.min(...results.map(({ startedAt }) => startedAt));
  const own = join(folder, new Date(startedAt).toISOString().slice(0, 19).replaceAll(":", "-"));
  await mkdir(own, { recursive: true });
  for (const result of results) {
    for (const definition of definitions) {
      await writeFile(join(own, chartFile(result, definition)), drawFile(result, definition));
    }
  }
  const file = join(own, "README.md");
  await writeFile(file, describe(results));
  return file;
}

function describe(results: DrillResult[]): string {
  const held = results.filter(({ ok }) => ok).length;
  const [cpu] = cpus();
  return [
    `# Drills of ${new Date(results[0]!.startedAt).toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `${held} of ${results.length} held, on ${cpus().length} × ${cpu?.model ?? "an unknown processor"}, ` +
      `${platform()} ${release()}, Node ${process.version}.`,
    markdownTable(
      [
        "Drill",
        "Holds",
        "Requests",
        "Failed",
        "Shed",
        "p99 before",
        "p99 during",
        "p99 after",
        "Noticed",
        "Well again",
        "Rang",
      ],
      results.map(summaryRow),
    ),
    ...results.flatMap(describeOne),
    "",
  ].join("\n\n");
}

function summaryRow({ name, title, ok, load, detectSeconds, recoverSeconds, rang }: DrillResult): string[] {
  const p99 = (phase: string) => milliseconds(load.phases.find(({ name }) => name === phase)?.reads.p99);
  return [
    `[${title}](#${name})`,
    ok ? "yes" : "**no**",
    ...[load.sent, load.failed, load.shed].map(String),
    ...["before", "during", "after"].map(p99),
    seconds(detectSeconds),
    seconds(recoverSeconds),
    rang.join(", ") || "–",
  ];
}

function describeOne(result: DrillResult): string[] {
  const { name, title, checks, load, marks, events, startedAt, speed } = result;
  const since = (at: number) => `${((at - startedAt) / 1000).toFixed(1)} s`;
  const phases = load.phases.flatMap((phase) => phaseRows(phase));
  return [
    `<a id="${name}"></a>\n\n## ${title}`,
    `${timeOfDay(startedAt)}, the stack's clocks ${speed} × as fast as in AWS.`,
    markdownTable(
      ["Must hold", "Expected", "Measured", ""],
      checks.map(({ name, expected, measured, ok }) => [
        name,
        expected,
        measured,
        ok ? "holds" : "**does not hold**",
      ]),
    ),
    markdownTable(["Requests", "Seconds", "Sent", "Failed", "Shed", "p50", "p99", "Slowest"], phases),
    ...definitions.map((definition) => `![${definition.title}](${chartFile(result, definition)})`),
    "### What happened",
    [
      ...marks.map(({ at, label }) => ({ at, text: `**${label}**` })),
      ...events.map(({ at, message }) => ({ at, text: message })),
    ]
      .sort((a, b) => a.at - b.at)
      .map(({ at, text }) => `- ${since(at)}: ${text}`)
      .join("\n"),
    ...(load.failures.length > 0 ? [describeFailures(result)] : []),
  ];
}

function describeFailures({ load, startedAt }: DrillResult): string {
  const rows = load.failures.map(({ at, method, path, outcome }) => [
    `${((at - startedAt) / 1000).toFixed(1)} s`,
    `\`${method} ${path}\``,
    outcome,
  ]);
  return `### The first ${rows.length} requests that did not go well\n\n${markdownTable(["At", "Request", "Outcome"], rows)}`;
}

function phaseRows({ name, seconds, reads, writes }: Phase): string[][] {
  const row = (kind: string, { sent, failed, shed, p50, p99, max }: Figures) => [
    `${kind} ${name}`,
    seconds.toFixed(1),
    ...[sent, failed, shed].map(String),
    ...[p50, p99, max].map(milliseconds),
  ];
  return [row("reads", reads), ...(writes.sent > 0 ? [row("writes", writes)] : [])];
}

function chartFile({ name }: DrillResult, definition: Definition): string {
  return `${name}-${definition.name}.svg`;
}

function drawFile({ points, marks, startedAt, cpuTarget }: DrillResult, definition: Definition): string {
  const { title, series, stacked, atLeast, unit, target } = definition;
  const chart = drawChart({
    width: WIDTH,
    height: HEIGHT,
    times: points.map(({ at }) => at),
    range: [points[0]?.at ?? startedAt, points.at(-1)?.at ?? startedAt + 1_000],
    series: series.map(({ name, style, of }) => ({ name, style, values: points.map(of) })),
    stacked,
    atLeast,
    unit,
    limit: target ? cpuTarget : undefined,
    marks,
    label: (at) => `${Math.round((at - startedAt) / 1000)} s`,
  });
  const keys = series.map(
    ({ name, style }, index) =>
      `<rect class="key ${style}" x="${WIDTH - 110 * (series.length - index)}" y="5" width="9" height="9" rx="2"/>` +
      `<text x="${WIDTH - 110 * (series.length - index) + 14}" y="14">${escapeXml(name)}</text>`,
  );
  const height = HEIGHT + CAPTION_HEIGHT;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    `role="img" aria-label="${escapeXml(title)}"><style>${STYLE}</style>` +
    `<text class="title" x="0" y="14">${escapeXml(title)}</text>${keys.join("")}` +
    `<g transform="translate(0 ${CAPTION_HEIGHT})">${chart}</g></svg>\n`
  );
}

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { test } from "node:test";
import { API_KEY } from "../../support/api.ts";
import type { Case } from "./refusal-case.ts";
import { OF_EXPORTS } from "./refusals-of-exports.ts";
import { OF_FILES } from "./refusals-of-files.ts";
import { OF_ROWS } from "./refusals-of-rows.ts";
import { GOOGLE, OWN, SHOPIFY, WOOCOMMERCE } from "./whole-rows.ts";

/**
 * Each place of the importer at which a file, a row or a value is refused or altered: that it is reached, and that whoever has the
 * file is told column, value, rule and usual cause in one sentence. V8 counts which places were reached, so that a new one without a
 * case fails.
 */

const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true });
// After that: what was compiled before is not counted block by block.
const { importText, startImports } = await import("./support.ts");
const { isSentence } = await import("./sentences.ts");
const { UserError } = await import("../../../../cli/user-error.ts");

const { api, url, folder } = await startImports();
const map = join(folder, "map.json");

async function said({ answers, ...given }: Case): Promise<string> {
  const { content, options = {}, line, kind = "error" } = given;
  if (answers) return withApi(answers, (url) => said({ ...given, options: { ...options, url } }));
  const { mapping, ...others } = options;
  await rm(map, { force: true });
  if (mapping !== undefined)
    await writeFile(
      map,
      typeof mapping === "string" || mapping instanceof Uint8Array ? mapping : JSON.stringify(mapping),
    );
  try {
    const outcome = await importText(folder, content, {
      url,
      key: API_KEY,
      dryRun: true,
      ...("mapping" in options && { map }),
      ...others,
    });
    if (kind === "stopped") return outcome.stopped ?? "nothing";
    const notes = kind === "error" ? outcome.errors : outcome.warnings;
    return (
      notes
        .filter((note) => note.line === line)
        .map(({ message }) => message)
        .join("\n") || `nothing of the kind: ${JSON.stringify(outcome)}`
    );
  } catch (error) {
    assert.ok(error instanceof UserError, String((error as Error).stack));
    return line === undefined ? error.message : `the whole file was refused: ${error.message}`;
  }
}

/** An API that answers each request so; what it was told no answer for is not there. */
async function withApi<T>(
  answers: NonNullable<Case["answers"]>,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => {
    request.resume();
    const { pathname } = new URL(request.url!, "http://a");
    const [status, body] = answers[`${request.method} ${pathname}`] ?? [404, {}];
    request.on("end", () =>
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await work(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Whether the texts stand there, one behind the other. */
function includesInOrder(message: string, texts: readonly string[]): boolean {
  let from = 0;
  return texts.every((text) => {
    const at = message.indexOf(text, from);
    from = at + text.length;
    return at >= 0;
  });
}

test("each refusal names the column, the value, the rule and the usual cause, in one sentence", async () => {
  const wrong: string[] = [];
  for (const each of [...OF_FILES, ...OF_EXPORTS, ...OF_ROWS]) {
    await api.client.query("DELETE FROM products");
    const message = await said(each);
    if (!includesInOrder(message, each.says) || !isSentence(message))
      wrong.push(`${String(each.content).slice(0, 90)} → ${message}, and not: ${each.says.join(" … ")}`);
  }
  assert.deepEqual(wrong, []);
});

/** A row of each format with a value in each column, `#` standing for its number; and what the columns are called. */
const ROWS: {
  format: string;
  names?: string[];
  columns: Record<string, string>;
  options?: Case["options"];
}[] = [
  { format: "our own columns", columns: OWN },
  {
    format: "a mapped table",
    columns: OWN,
    names: Object.keys(OWN).map(
      (_, index) => `${["Spalte", "Größe, EU", 'Breite "cm"', "name.de"][index % 4]} ${index}`,
    ),
  },
  { format: "Shopify's export", columns: SHOPIFY },
  { format: "WooCommerce's export", columns: WOOCOMMERCE },
  { format: "Google's table", columns: GOOGLE },
  { format: "Google's feed", columns: GOOGLE },
];
const ODD = [
  "",
  "nonsense",
  "-1",
  "1,299",
  "1.2345",
  "x".repeat(6_000),
  "a\nb",
  "a\u0007b",
  "4.0E+12",
  "9".repeat(20),
  "> ",
  "http://",
];

/** A file in which the column has one odd value a row. */
function fileOf(
  { format, columns, names = Object.keys(columns) }: (typeof ROWS)[number],
  column: string,
): string {
  const rows = ODD.map((odd, number) =>
    Object.entries(columns).map(([name, value]) =>
      name === column ? odd : value.replaceAll("#", String(number)),
    ),
  );
  if (format === "Google's feed") {
    const escaped = (text: string) =>
      text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("\u0007", "");
    const items = rows.map(
      (row) =>
        `<item>${row.map((value, at) => `<${names[at]}>${escaped(value)}</${names[at]}>`).join("")}</item>`,
    );
    return `<rss>\n${items.map((item) => item.replaceAll("\n", " ")).join("\n")}\n</rss>`;
  }
  // A line a row, but for the value that has two.
  return [names, ...rows]
    .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
    .join("\n");
}

test("whatever stands in whatever column of whatever format, a refusal names the file's own column and the value", async () => {
  const wrong: string[] = [];
  let refused = 0;
  for (const row of ROWS)
    for (const [index, column] of Object.keys(row.columns).entries()) {
      const own = row.names?.[index] ?? column;
      const mapping = row.names && {
        columns: Object.fromEntries(row.names.map((name, at) => [name, Object.keys(row.columns)[at]])),
      };
      if (mapping) await writeFile(map, JSON.stringify(mapping));
      const { errors } = await importText(folder, fileOf(row, column), {
        url,
        key: API_KEY,
        dryRun: true,
        ...(mapping && { map }),
      });
      for (const { line, message } of errors) {
        refused++;
        const odd =
          ODD[line > 2 + ODD.indexOf("a\nb") && row.format !== "Google's feed" ? line - 3 : line - 2]!;
        const faults = [
          ...(isSentence(message) ? [] : ["is no sentence"]),
          ...(named(message, own) ? [] : [`does not name ${own}`]),
          ...(isShown(message, odd) ? [] : [`does not show ${odd}`]),
          ...(mapping && !message.includes(` (${column})`) ? ["does not name the member"] : []),
          ...(row.format !== "our own columns" && /(^|[ :])(product|attributes)\.\w/.test(message)
            ? ["names a member of ours"]
            : []),
        ];
        if (faults.length > 0)
          wrong.push(
            `${row.format}, ${own} = ${JSON.stringify(odd.slice(0, 20))}: ${faults}: ${message.slice(0, 200)}`,
          );
      }
    }
  assert.deepEqual(wrong, []);
  assert.ok(refused > 200, `${refused} refusals`);
});

/** The beginning of a value, or of one of the values that its cell lists; control characters are named instead. */
const isShown = (message: string, value: string): boolean =>
  !/^[!-~]+$/.test(value) ||
  value.split(",").some((item) => message.toLowerCase().includes(item.slice(0, 20).toLowerCase()));

/** A name may stand there as it is, or as JSON has it; the attribute of a shop's export by what its cell calls it. */
const named = (message: string, column: string): boolean => {
  const plain = (text: string) => text.toLowerCase().replaceAll("_", " ");
  return [
    column,
    JSON.stringify(column).slice(1, -1),
    ...(/^(Option|Attribute)/.test(column) ? ["attribute "] : []),
  ].some((name) => plain(message).includes(plain(name)));
};

/** Where a refusal or a warning is made. */
const SITE =
  /new UserError\(|new RowMistake\(|\brefused\(|\brefuse\(|\bbroken\(|\bleftOut\(|\.warn\(|\.drop\(|\berror: [`"A-Z](?!rror\b)|\bwarnings?: \[?`|\breturn [`"](?=[A-Za-z$])[^`"]* |problem(?: =|:) /g;

test("no place at which the importer refuses something is without a case", async () => {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const root = new URL("../../../dev/", import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((name) => /^import.*\.ts$/.test(name));
  const missed: string[] = [];
  for (const name of files.filter((name) => !name.endsWith("summary.ts"))) {
    const address = new URL(name, root);
    const script = result.find(({ url }) => url === address.href);
    assert.ok(script, `${name} was not loaded`);
    const source = await readFile(address, "utf8");
    for (const { index } of source.matchAll(SITE)) {
      const innermost = script.functions
        .flatMap(({ ranges }) => ranges)
        .filter(({ startOffset, endOffset }) => startOffset <= index && index < endOffset)
        .toSorted((a, b) => a.endOffset - a.startOffset - (b.endOffset - b.startOffset))[0];
      if (innermost?.count === 0)
        missed.push(
          `${name}:${source.slice(0, index).split("\n").length}: ${source.slice(index, index + 90).split("\n")[0]}`,
        );
    }
  }
  assert.deepEqual(missed, []);
});

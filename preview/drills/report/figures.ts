/** `npm run drill:figures`: writes the table of the newest report of `bin/catalog drill all` into docs/FIGURES.md. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../cli/user-error.ts";
import { DEFAULTS } from "../../defaults.ts";

const SECTION = /(<!-- drills: written by npm run drill:figures -->\n).*?(\n<!-- end -->)/s;

/** The page with what a report says first: when, how many held, on what, and a row for each drill. @param report its Markdown */
export function withDrills(page: string, report: string): string {
  const [title = "", held = "", table = ""] = report.split("\n\n");
  const rows = table.replaceAll(/\[[^\]]+\]\(#([\w-]+)\)/g, "`$1`"); // the drills' own sections stay in the report
  const text = `**${title.replace("# ", "")}** (\`bin/catalog drill all\`): ${held}\n\n${rows}`;
  if (!SECTION.test(page))
    throw new UserError("docs/FIGURES.md has no marks between which the drills stand.");
  return page.replace(SECTION, (_, begin: string, end: string) => begin + text + end);
}

if (import.meta.main) {
  const reports = join(DEFAULTS.stateFolder, "reports");
  const newest = readdirSync(reports).sort().at(-1) ?? "";
  const file = join(import.meta.dirname, "../../../docs/FIGURES.md");
  const report = readFileSync(join(reports, newest, "README.md"), "utf8");
  writeFileSync(file, withDrills(readFileSync(file, "utf8"), report));
  console.log(`${newest} is in docs/FIGURES.md`);
}

/** `npm run docs:settings`: writes the table of docs/SETTINGS.md from the settings that there are. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SETTINGS } from "../lib/settings.ts";

const FILE = join(import.meta.dirname, "..", "docs", "SETTINGS.md");
const HEAD = "| variable | default | range | what it does |\n| --- | --- | --- | --- |\n";

/** Every setting as a row of Markdown. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map(({ variable, defaultText, range, description }) =>
    [`\`${variable}\``, defaultText ? `\`${defaultText}\`` : "–", range, description].join(" | "),
  );
  return HEAD + rows.map((row) => `| ${row} |\n`).join("");
}

if (import.meta.main) {
  const page = readFileSync(FILE, "utf8");
  writeFileSync(
    FILE,
    page.replace(/^\| variable (?:.*\n\|)*.*\n/m, () => settingsTable()),
  );
}

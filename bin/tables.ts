/** `npm run docs`: writes the tables that say what the code says, into README.md and docs/SETTINGS.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownTable } from "../cli/table.ts";
import { SETTINGS } from "../lib/settings.ts";
import { MAP } from "./map.ts";

const ROOT = join(import.meta.dirname, "..");

/** The tables by the file that holds them. */
export const TABLES: Readonly<Record<string, string>> = {
  "README.md": markdownTable(
    ["command", "what it does"],
    Object.values(MAP).flatMap((group) =>
      Object.entries(group).map(([verb, summary]) => [`\`bin/catalog ${verb}\``, summary]),
    ),
  ),
  "docs/SETTINGS.md": markdownTable(
    ["variable", "default", "range", "what it does"],
    Object.values(SETTINGS).map(({ variable, defaultText, range, description }) => [
      `\`${variable}\``,
      defaultText ? `\`${defaultText}\`` : "–",
      range,
      description,
    ]),
  ),
};

if (import.meta.main) {
  for (const [file, text] of Object.entries(TABLES)) {
    const [head] = text.split("\n");
    const page = readFileSync(join(ROOT, file), "utf8");
    const before = page.slice(0, page.indexOf(`${head}\n`));
    const after = page.slice(before.length).replace(/^(?:\|.*\n)+/, "");
    writeFileSync(join(ROOT, file), `${before}${text}\n${after}`);
  }
}

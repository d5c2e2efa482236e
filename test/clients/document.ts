import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildApp } from "../../api/src/app.ts";
import { readConfig } from "../../api/src/config.ts";
import { GO, ROOT, tool } from "./tools.ts";

/** The OpenAPI document as it has landed: clients may have been generated from it. */
const LANDED = join(ROOT, "api/openapi.json");

/** What the API of this checkout serves; no database is needed for it. */
export async function servedDocument(): Promise<string> {
  const app = await buildApp(
    readConfig({ DB_PORT: "1", LOG_LEVEL: "silent", METRICS_INTERVAL_SECONDS: "0" }),
  );
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
  }
}

export const landedDocument = (): Promise<string> => readFile(LANDED, "utf8");

/**
 * What of a change breaks clients, as oasdiff says it; empty: nothing. New values of an enumeration in answers are let pass, as new
 * members are: answers may grow. What a typed client names may not go, be it a refusal that it tells from others; nor may what a
 * request may have, since what is unknown in one is refused.
 */
export async function breakingChanges(before: string, after: string): Promise<string> {
  if (majorOf(after) !== majorOf(before)) return "";
  const folder = await mkdtemp(join(tmpdir(), "openapi-"));
  try {
    const [from, to] = [join(folder, "before.json"), join(folder, "after.json")];
    await Promise.all([writeFile(from, before), writeFile(to, after)]);
    const levels = ["--severity-levels", join(GO, "severity.txt")];
    const report = await tool("go", [
      "-C",
      GO,
      "tool",
      "oasdiff",
      "breaking",
      "--format",
      "singleline",
      ...levels,
      from,
      to,
    ]);
    return report
      .split("\n")
      .filter((line) => line.startsWith("error"))
      .join("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The part of the version that says that clients must change: the first, or the second before 1.0.0. */
function majorOf(document: string): string {
  const [major, minor] = JSON.parse(document).info.version.split(".");
  return major === "0" ? `0.${minor}` : major;
}

/** `npm run openapi`: lands the document of this checkout. */
if (import.meta.main) {
  const [before, after] = [await landedDocument().catch(() => undefined), await servedDocument()];
  const breaking = before === undefined ? "" : await breakingChanges(before, after);
  if (breaking !== "") {
    console.error(
      `${breaking}\n\nThis breaks clients. Keep what they use, or raise the version in api/package.json.`,
    );
    process.exit(1);
  }
  await writeFile(LANDED, after);
}

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { JsonObject } from "../../local/terraform-json/index.ts";
import type { Verdict } from "./score.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
/** What a finding depends on beside the stack. */
const SOURCES = [
  "ops/audit/**/*.ts",
  "ops/outages/*.ts",
  "ops/*.ts",
  "local/**/*.ts",
  "test/mutation/*.ts",
  ".checkov.yaml",
];

interface Entry {
  readonly mutant: number;
  readonly audit?: Verdict;
  readonly checkov?: boolean;
}

/** What was found of each mutant, by its number: a run goes on where the last one ended, unless anything has changed since. */
export class Journal {
  readonly audit = new Map<number, Verdict>();
  readonly checkov = new Map<number, boolean>();
  readonly #file: string;

  /** @param stack that the mutants are made of */
  constructor(stack: JsonObject) {
    const folder = path.join(ROOT, ".mutation");
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, `${keyOf(stack)}.jsonl`);
    if (!existsSync(this.#file)) return;
    const whole = readFileSync(this.#file, "utf8").split("\n").slice(0, -1); // the last may be half a line
    for (const line of whole) this.#take(JSON.parse(line) as Entry);
  }

  write(entries: readonly Entry[]): void {
    for (const entry of entries) this.#take(entry);
    appendFileSync(this.#file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
  }

  #take({ mutant, audit, checkov }: Entry): void {
    if (audit) this.audit.set(mutant, audit);
    if (checkov !== undefined) this.checkov.set(mutant, checkov);
  }
}

function keyOf(stack: JsonObject): string {
  const hash = createHash("sha256").update(JSON.stringify(stack));
  for (const file of globSync(SOURCES, { cwd: ROOT }).toSorted())
    hash.update(readFileSync(path.join(ROOT, file)));
  return hash.digest("hex").slice(0, 16);
}

/** The guides in the order in which they are run: what an environment needs comes before what needs it, and its end comes last. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { type Block, blocksOf } from "./blocks.ts";

interface Part {
  /** Path in the project. */
  readonly guide: string;
  /** The section that the part begins with. @default the first line */
  readonly from?: string;
  /** The section that the part ends before. @default the last line */
  readonly until?: string;
}

/** The other guides speak of an environment that stands: between the deployment guide's first sections and its last. */
export const ORDER: readonly Part[] = [
  { guide: "README.md" },
  { guide: "CONTRIBUTING.md" },
  { guide: "docs/TUTORIAL.md" },
  { guide: "docs/DEPLOYMENT_GUIDE.md", until: "Restore data" },
  { guide: "docs/CATALOGUE.md" },
  { guide: "docs/FORECAST.md" },
  { guide: "docs/SECURITY_GUIDE.md" },
  { guide: "docs/MONITORING_GUIDE.md" },
  { guide: "docs/DEPLOYMENT_GUIDE.md", from: "Restore data" },
  { guide: "docs/ARCHITECTURE.md" },
  { guide: "docs/CLIENTS.md" },
  { guide: "api/README.md" },
  { guide: "lib/aws/README.md" },
];

/** All blocks of the guides, in that order. @param project folder that holds them */
export function guidesInOrder(project: string): Block[] {
  return ORDER.flatMap(({ guide, from, until }) => {
    const blocks = blocksOf(guide, readFileSync(path.join(project, guide), "utf8"));
    const at = (section: string) => {
      const index = blocks.findIndex(({ headings }) => headings[1] === section);
      if (index < 0) throw new Error(`${guide} has no block under '${section}'.`);
      return index;
    };
    return blocks.slice(from ? at(from) : 0, until ? at(until) : undefined);
  });
}

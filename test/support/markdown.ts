import { readFileSync } from "node:fs";

/** A Markdown file, in the parts that can be checked. */
export class Markdown {
  readonly path: string;
  readonly text: string;
  /** Without fenced code. */
  readonly prose: string;

  constructor(path: string) {
    this.path = path;
    this.text = readFileSync(path, "utf8");
    this.prose = this.text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, "");
  }

  /** What stands in backticks, outside of fenced code. */
  get codes(): string[] {
    return [...this.prose.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!);
  }

  /** Targets of links: path and, after a hash, heading. */
  get links(): string[] {
    return [...this.prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  }

  /** Headings as GitHub makes anchors of them. */
  get anchors(): string[] {
    return [...this.prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    );
  }

  /** The table under a heading, one object for each row, by the table's own headings. @throws when there is none */
  table(heading: string): Record<string, string>[] {
    const [, section] = this.text.split(new RegExp(`^#+ ${heading}$`, "m"));
    const lines = /(?:^\|.*\n)+/m
      .exec(section ?? "")?.[0]
      .trim()
      .split("\n");
    if (!lines) throw new Error(`${this.path} has no table under '${heading}'`);
    return rows(lines);
  }

  /** The cells of every column that is called `name`, in whatever table. */
  columns(name: string): string[] {
    return [...this.prose.matchAll(/(?:^\|.*\n)+/gm)].flatMap(([table]) =>
      rows(table.trim().split("\n")).flatMap((row) => (name in row ? [row[name]!] : [])),
    );
  }
}

function rows([head, , ...body]: string[]): Record<string, string>[] {
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const names = cells(head!);
  return body.map((line) => Object.fromEntries(cells(line).map((cell, index) => [names[index]!, cell])));
}

/** What stands in backticks in a cell. */
export function codesIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

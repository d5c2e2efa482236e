import { stripVTControlCharacters } from "node:util";

type Rows = readonly (readonly string[])[];

/** Rows for a terminal, in columns that are as wide as their widest cell; what colours a text has no width. */
export function alignColumns(rows: Rows, at: "left" | "right" = "left"): string[] {
  const width = (cell = "") => stripVTControlCharacters(cell).length;
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column]))));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - width(cell)));
        return at === "left" ? cell + padding : padding + cell;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: Rows): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

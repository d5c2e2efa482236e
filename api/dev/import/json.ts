import { parseJson } from "../../src/http/json.ts";
import type { RawRow } from "../../src/writes/rows.ts";
import { Lines, LONGEST } from "./lines.ts";

/** A row of the user's file, in the shape of the API's bulk route, and the line on which it begins. */
export interface FileRow {
  line: number;
  /** Undefined: the line is no row by itself, and all there is to it is a warning. */
  raw: RawRow | undefined;
  /** What was taken otherwise than it stands there. */
  warnings?: string[];
}

/** One row a line. */
export async function* readNdjson(text: AsyncGenerator<string>): AsyncGenerator<FileRow> {
  const lines = new Lines(text);
  for (let line = await lines.peek(); line !== undefined; line = lines.peekNow() ?? (await lines.peek())) {
    if (line.trim() !== "") yield { line: lines.number, raw: parseRow(line) };
    lines.take(1);
  }
}

/** The members of one array, each as it comes by: an array of any size needs the memory of one row. */
export async function* readJsonArray(text: AsyncGenerator<string>): AsyncGenerator<FileRow> {
  let line = 1;
  let start = 0;
  let row = "";
  let depth = 0;
  let inText = false;
  let escaped = false;
  let ended = false;
  for await (const piece of text) {
    let from = depth > 0 ? 0 : -1;
    for (let at = 0; at < piece.length; at++) {
      const character = piece[at]!;
      if (character === "\n") line++;
      if (inText) {
        if (escaped) escaped = false;
        else if (character === "\\") escaped = true;
        else if (character === '"') inText = false;
        continue;
      }
      if (ended) {
        if (character.trim() !== "") {
          yield {
            line,
            raw: { error: "stands behind the end of the list, and was not read: a file is one list" },
          };
          return;
        }
        continue;
      }
      if (depth === 1 && character !== "," && character !== "]" && character.trim() !== "" && from < 0) {
        from = at;
        start = line;
      }
      if (character === '"') inText = true;
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || character === "]") depth--;
      if (from >= 0 && depth <= 1 && (character === "," || depth === 0)) {
        row += piece.slice(from, at);
        yield { line: start, raw: parseRow(row) };
        row = "";
        from = -1;
      }
      ended = depth === 0 && !inText;
    }
    if (from >= 0) {
      row += piece.slice(from);
      if (row.length > LONGEST) break;
    }
  }
  if (!ended)
    yield {
      line: row === "" ? line : start,
      raw: { error: "the list does not end: a bracket or a quote mark is missing from here on" },
    };
}

/** By the API's own rules: what JSON.parse would alter or drop without a word is a mistake. */
function parseRow(text: string): RawRow {
  try {
    const { value, faults } = parseJson(text);
    const [fault] = faults;
    return fault ? { error: `${fault.path.join(".")} ${fault.message}`.trimStart() } : { value };
  } catch (error) {
    return { error: `is not valid JSON: ${(error as Error).message}` };
  }
}

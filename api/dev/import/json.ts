import { UserError } from "../../../cli/user-error.ts";
import { parseJson } from "../../src/http/json.ts";
import type { RawRow } from "../../src/writes/rows.ts";
import { Lines, LONGEST, TOO_LONG } from "./lines.ts";

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
  const first = await lines.peek();
  if (
    first !== undefined &&
    (BEGINNING.test(first) || ((await lines.peek(1)) === undefined && isAround(first)))
  )
    throw new UserError(
      "The file is one JSON object, and its rows are inside of it: write one row a line, or all of them as a list, [ … ].",
    );
  for (let line = first; line !== undefined; line = lines.peekNow() ?? (await lines.peek())) {
    if (line.trim() !== "")
      yield { line: lines.number, raw: lines.isCut() ? { error: TOO_LONG } : parseRow(line) };
    lines.take(1);
  }
}

/** A line on which an object begins and no member of it is whole. */
const BEGINNING = /^\s*\{\s*(?:"[^"]*"\s*:\s*[[{]?\s*)?$/;

/** `{"products": […]}` is no row. */
function isAround(line: string): boolean {
  const raw = parseRow(line);
  const members = "value" in raw ? (raw.value as Record<string, unknown>) : {};
  return !("sku" in members) && Object.values(members).some(Array.isArray);
}

/** The members of one array, each as it comes by: an array of any size needs the memory of one row. */
export async function* readJsonArray(text: AsyncGenerator<string>): AsyncGenerator<FileRow> {
  let line = 1;
  let depth = 0;
  let inText = false;
  let escaped = false;
  let ended = false;
  /** The member that has begun: its line, and what there is of it from pieces before this one. */
  let open: { line: number; text: string; tooLong: boolean } | undefined;
  for await (const piece of text) {
    let from = 0;
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
        if (character.trim() === "") continue;
        yield {
          line,
          raw: { error: "stands behind the end of the list, and was not read: a file is one list" },
        };
        return;
      }
      if (!open && depth === 1 && character !== "," && character !== "]" && character.trim() !== "") {
        open = { line, text: "", tooLong: false };
        from = at;
      }
      if (character === '"') inText = true;
      else if (character === "{" || character === "[") depth++;
      else if (character === "}" || character === "]") depth--;
      if (open && depth <= 1 && (character === "," || depth === 0)) {
        const { line, text, tooLong } = open;
        const isTooLong = tooLong || text.length + at - from > LONGEST;
        yield { line, raw: isTooLong ? { error: TOO_LONG } : parseRow(text + piece.slice(from, at)) };
        open = undefined;
      }
      // Blanks may stand before the list begins.
      ended = depth === 0 && character === "]";
    }
    if (!open) continue;
    open.tooLong ||= open.text.length + piece.length - from > LONGEST;
    open.text = open.tooLong ? "" : open.text + piece.slice(from);
  }
  if (!ended)
    yield {
      line: open?.line ?? line,
      raw: { error: "the list does not end: a bracket or a quote mark is missing from here on" },
    };
}

/** By the API's own rules: what JSON.parse would alter or drop without a word is a mistake. */
function parseRow(text: string): RawRow {
  try {
    // Of files that were put together, each may begin with a byte order mark.
    const { value, faults } = parseJson(text.replace(/^\ufeff/, ""));
    const [fault] = faults;
    return fault ? { error: `${fault.path.join(".")} ${fault.message}`.trimStart() } : { value };
  } catch (error) {
    return { error: `is not valid JSON (${reasonOf(error as Error)}): ${USUAL_CAUSE}` };
  }
}

const USUAL_CAUSE = "usually a comma or a quote mark is missing or too many, or the line was cut off";

/** What the parser says, without what it says of programs and of other lines. */
const reasonOf = ({ message }: Error): string =>
  message.replace(/ (?:in|after) JSON at position (\d+).*| is not valid JSON$/s, (_, at) =>
    at === undefined ? "" : `, at character ${Number(at) + 1}`,
  );

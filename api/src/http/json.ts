import { unstorable } from "../catalog/text.ts";

/** What is wrong with a JSON text that its grammar allows, and where. */
export interface JsonFault {
  /** Names and indices from the root to the value. */
  readonly path: readonly (string | number)[];
  /** Goes on from the name of the place: "is there twice". */
  readonly message: string;
}

/** So many are found of each member of the whole, or of each row of a batch: none hides those of another. */
const MAX_FAULTS = 20;
/** More members and rows with faults than any document has that is not refused for their number. */
const MAX_PLACES = 1_000;

/** More than any of our documents has, and few enough for who recurses over the value. */
const MAX_LEVELS = 64;
/** So many levels down to what is too deep are named: the row of a batch, its product, a member of it. */
const NAMED_LEVELS = 4;

/** An object (with the names seen) or an array, and where in it the reader is. */
interface Level {
  readonly names: Set<string> | undefined;
  step: string | number;
  expectsName: boolean;
}

const NUMBER = /[-\d][\d.eE+-]*/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses a JSON text (RFC 8259), and finds what `JSON.parse` would alter or drop without a word, or what no text in the
 * catalogue can hold: NUL and halves of surrogate pairs (RFC 8259, section 8.2), names that are there twice (section 4), numbers
 * that a double cannot hold (section 6), `__proto__`, more than 64 levels (section 9). `-0` is 0. Takes time in proportion to
 * the length of the text.
 *
 * @throws {SyntaxError} when it is no JSON.
 */
export function parseJson(text: string): { value: unknown; faults: JsonFault[] } {
  const value: unknown = JSON.parse(text);
  const { faults, hasNegativeZero } = audit(text);
  return { value: hasNegativeZero ? withoutNegativeZero(value) : value, faults };
}

/** What is deeper than the levels that there may be has been refused. */
function withoutNegativeZero(value: unknown, levels = MAX_LEVELS): unknown {
  if (value === 0) return 0;
  if (typeof value !== "object" || value === null || levels === 0) return value;
  const inside = (item: unknown): unknown => withoutNegativeZero(item, levels - 1);
  return Array.isArray(value)
    ? value.map(inside)
    : Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inside(item)]));
}

/** @param text valid JSON: only what the grammar leaves open is looked at. */
function audit(text: string): { faults: JsonFault[]; hasNegativeZero: boolean } {
  const faults: JsonFault[] = [];
  const levels: Level[] = [];
  let hasNegativeZero = false;
  /** Levels below the last that there may be: nothing in them is looked at. */
  let beyond = 0;
  let [place, inPlace, places] = ["", 0, 0];
  const report = (message: string | undefined, depth?: number): void => {
    if (message === undefined) return;
    const path = levels.map(({ step }) => step);
    const here = path.slice(0, 2).join("/");
    if (here !== place) [place, inPlace, places] = [here, 0, places + 1];
    if (inPlace++ < MAX_FAULTS && places <= MAX_PLACES) faults.push({ path: path.slice(0, depth), message });
  };
  for (let at = 0; at < text.length; at++) {
    const level = beyond > 0 ? undefined : levels.at(-1);
    const character = text.charCodeAt(at);
    switch (character) {
      case 0x7b: // {
      case 0x5b: // [
        if (levels.length === MAX_LEVELS) {
          if (beyond++ === 0) report(`is nested deeper than ${MAX_LEVELS} levels`, NAMED_LEVELS);
        } else if (character === 0x7b) levels.push({ names: new Set(), step: "", expectsName: true });
        else levels.push({ names: undefined, step: 0, expectsName: false });
        break;
      case 0x7d: // }
      case 0x5d: // ]
        if (beyond > 0) beyond--;
        else levels.pop();
        break;
      case 0x2c: // ,
        if (level?.names) level.expectsName = true;
        else if (level) level.step = (level.step as number) + 1;
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (beyond > 0) {
          at = end;
          break;
        }
        const string: string = text.slice(at + 1, end).includes("\\")
          ? JSON.parse(text.slice(at, end + 1))
          : text.slice(at + 1, end);
        if (level?.names && level.expectsName) {
          level.expectsName = false;
          const mistake = unstorable(string);
          level.step = mistake === undefined ? string : "";
          report(mistake === undefined ? faultInName(string, level.names) : `has a name that ${mistake}`);
          level.names.add(string);
        } else {
          report(unstorable(string));
        }
        at = end;
        break;
      }
      default: {
        NUMBER.lastIndex = at;
        const [number] = NUMBER.exec(text) ?? [];
        if (number === undefined) break;
        if (beyond === 0 && !isExact(number))
          report(`is ${number.slice(0, 40)}, a number that cannot be kept exactly`);
        if (number.startsWith("-") && Number(number) === 0) hasNegativeZero = true;
        at += number.length - 1;
      }
    }
  }
  return { faults, hasNegativeZero };
}

/** @returns where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
}

function faultInName(name: string, names: ReadonlySet<string>): string | undefined {
  if (name === "__proto__") return "is a name that is not allowed";
  return names.has(name) ? "is there twice" : undefined;
}

/** @returns undefined when the text is no number of JSON, or none that a double holds exactly. `-0` is 0. */
export function parseNumber(text: string): number | undefined {
  if (!/^-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?$/.test(text) || !isExact(text)) return undefined;
  return Number(text) + 0;
}

/** Whether the double nearest to a number is written in the same way but for zeros and exponents: 1e2 is, 1e400 is not. */
function isExact(source: string): boolean {
  if (source.length < 16 && !/[.eE]/.test(source)) return true;
  const value = Number(source);
  return Number.isFinite(value) && decimal(source) === decimal(String(value));
}

/** One spelling for each number. */
function decimal(source: string): string {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(source)!;
  const digits = whole + fraction;
  let start = 0;
  while (digits[start] === "0") start++;
  let end = digits.length;
  while (end > start && digits[end - 1] === "0") end--;
  if (start === end) return "0";
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}

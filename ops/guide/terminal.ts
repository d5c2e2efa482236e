/** What a command says on a terminal, as a picture: its colours by the escape sequences that it writes. */

/** Those that this project's commands use, by their SGR codes, on a dark ground. */
const COLOURS: Readonly<Record<number, string>> = {
  31: "#f87171",
  32: "#4ade80",
  33: "#facc15",
  36: "#22d3ee",
};
const PLAIN = "#e2e8f0";
const DIM = "#94a3b8";
const GROUND = "#0f172a";

const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
/** Of a monospaced font, as a share of its size. */
const CHARACTER_WIDTH = FONT_SIZE * 0.6;
const MARGIN = 16;
/** As wide as a wide terminal; what is longer goes on in the next row. */
const COLUMNS = 130;

/** Begins a sequence, as `ESC [ 31 m`. */
const ESCAPE = "\u001b";

interface Style {
  readonly colour: string;
  readonly bold: boolean;
}

/** @param command what was typed; @param output what came, with its escape sequences */
export function terminalSvg(command: string, output: string): string {
  const style = { current: { colour: PLAIN, bold: false } as Style };
  const rows = [`$ ${command}`, ...output.trimEnd().split("\n")].flatMap((line) => wrapped(line, style));
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
  const height = rows.length * LINE_HEIGHT + 2 * MARGIN;
  const font = `font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${FONT_SIZE}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${font} role="img">`,
    `<title>${escaped(command)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${GROUND}"/>`,
    ...rows.map(
      (spans, index) =>
        `<text x="${MARGIN}" y="${MARGIN + index * LINE_HEIGHT + FONT_SIZE}">${spans.join("")}</text>`,
    ),
    "</svg>\n",
  ].join("\n");
}

/** A line as spans, on as many rows as a terminal needs. @param style what holds at its start, and then at its end */
function wrapped(line: string, style: { current: Style }): string[][] {
  const rows: string[][] = [[]];
  let room = COLUMNS;
  for (const [at, part] of line.split(ESCAPE).entries()) {
    const [, codes = "", text = ""] = at === 0 ? ["", "", part] : (/^\[([\d;]*)m(.*)$/.exec(part) ?? []);
    if (at > 0) style.current = codes.split(";").map(Number).reduce(next, style.current);
    for (let left = text; left; ) {
      if (room === 0) {
        rows.push([]);
        room = COLUMNS;
      }
      const shown = left.slice(0, room);
      rows.at(-1)!.push(span(shown, style.current));
      room -= shown.length;
      left = left.slice(shown.length);
    }
  }
  return rows;
}

function next(style: Style, code: number): Style {
  if (code === 0) return { colour: PLAIN, bold: false };
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, colour: DIM };
  if (code === 22) return { colour: style.colour === DIM ? PLAIN : style.colour, bold: false };
  return { ...style, colour: COLOURS[code] ?? PLAIN };
}

const span = (text: string, { colour, bold }: Style): string =>
  `<tspan fill="${colour}"${bold ? ' font-weight="700"' : ""}>${escaped(text)}</tspan>`;

/** Of several spaces a picture would show one: those that may not break are all shown. */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(" ", "\u00a0");

/** A timetable as text and as a picture: what takes seconds is left out. */
import type { Bar, Timetable } from "./time.ts";

/** Shorter ones are no more than a line's width. */
const SHOWN_SECONDS = 5;
const TEXT_WIDTH = 60;

const shown = ({ bars }: Timetable): Bar[] => bars.filter(({ start, end }) => end - start >= SHOWN_SECONDS);
const label = ({ type, address }: Bar): string =>
  `${type.replace(/^aws_/, "")} ${address
    .slice(type.length + 1)
    .replace(/_[0-9A-F]{8}$/, "")
    .split("_")
    .at(-1)}`;

/** `13 min 5 s` */
export const minutes = (seconds: number): string =>
  seconds < 60 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

export function ganttText(table: Timetable): string {
  const bars = shown(table);
  const width = Math.max(0, ...bars.map((bar) => label(bar).length));
  const scale = TEXT_WIDTH / Math.max(1, table.likely);
  return bars
    .map((bar) => {
      const from = Math.round(bar.start * scale);
      const length = Math.max(1, Math.round((bar.end - bar.start) * scale));
      const line = " ".repeat(from) + (bar.critical ? "█" : "░").repeat(length);
      const of = bar.samples === 1 ? "1 sample" : `${bar.samples} samples`;
      return `  ${label(bar).padEnd(width)} |${line.padEnd(TEXT_WIDTH + 1)}| ${minutes(bar.end - bar.start)}, ${of}`;
    })
    .join("\n");
}

const ROW = 22;
const LEFT = 300;
const PICTURE_WIDTH = 1000;

/** Readable in light and dark: it has a ground of its own. */
export function ganttSvg(table: Timetable): string {
  const bars = shown(table);
  const height = (bars.length + 2) * ROW;
  const scale = (PICTURE_WIDTH - LEFT - 20) / Math.max(1, table.likely);
  const rows = bars.map((bar, index) => {
    const y = (index + 1) * ROW;
    const x = LEFT + bar.start * scale;
    const width = Math.max(2, (bar.end - bar.start) * scale);
    return [
      `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${label(bar)}</text>`,
      `<rect x="${x.toFixed(1)}" y="${y + 4}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="2" fill="${bar.critical ? "#c2410c" : "#94a3b8"}"><title>${bar.address}: ${minutes(bar.end - bar.start)}, ${bar.samples} samples</title></rect>`,
    ].join("");
  });
  const ticks = Array.from({ length: Math.floor(table.likely / 60) + 1 }, (_, minute) => {
    const x = LEFT + minute * 60 * scale;
    return `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${ROW}" y2="${height - ROW}" stroke="#e2e8f0"/><text x="${x.toFixed(1)}" y="${height - 6}" text-anchor="middle">${minute}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${PICTURE_WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img"><title>${table.operation}, minutes: ${minutes(table.likely)} likely, ${minutes(table.most)} at most</title><rect width="100%" height="100%" fill="#fff"/>${ticks.join("")}${rows.join("")}</svg>\n`;
}

/** A forecast as a picture: one panel for each figure, over the same minutes. */
import type { Minute } from "./simulate.ts";

const WIDTH = 1_000;
const LEFT = 70;
const RIGHT = 20;
const PANEL = 120;
const GAP = 34;
const TICKS = 10;

interface Line {
  name: string;
  colour: string;
  of: (minute: Minute) => number;
}

interface Panel {
  title: string;
  lines: readonly Line[];
}

const BLUE = "#1d4ed8";
const GREY = "#94a3b8";
const RED = "#c2410c";

const PANELS: readonly Panel[] = [
  {
    title: "requests/s",
    lines: [
      { name: "asked", colour: GREY, of: ({ requests }) => requests },
      { name: "answered", colour: BLUE, of: ({ answered }) => answered },
    ],
  },
  {
    title: "tasks",
    lines: [
      { name: "wanted", colour: GREY, of: ({ desired }) => desired },
      { name: "serving", colour: BLUE, of: ({ serving }) => serving },
    ],
  },
  {
    title: "CPU, percent",
    lines: [
      { name: "tasks", colour: BLUE, of: ({ cpu }) => cpu },
      { name: "database", colour: RED, of: ({ databaseCpu }) => databaseCpu },
    ],
  },
  {
    title: "refused/s",
    lines: [
      { name: "shed", colour: RED, of: ({ shed }) => shed },
      { name: "failed", colour: "#000", of: ({ failed }) => failed },
    ],
  },
  {
    title: "p99 of what the database answers, ms",
    lines: [{ name: "p99", colour: BLUE, of: ({ p99 }) => p99 }],
  },
];
const CREDITS: Panel = {
  title: "CPU credits of the database",
  lines: [{ name: "credits", colour: BLUE, of: ({ credits }) => credits ?? 0 }],
};

/** Readable in light and dark: it has a ground of its own. */
export function toSvg(minutes: readonly Minute[]): string {
  const bursts = minutes.some(({ credits }) => credits !== undefined);
  const panels = bursts ? [...PANELS, CREDITS] : PANELS;
  const height = panels.length * (PANEL + GAP) + GAP;
  const x = (minute: number) => LEFT + ((WIDTH - LEFT - RIGHT) * minute) / Math.max(1, minutes.length - 1);
  const step = Math.max(1, Math.ceil(minutes.length / TICKS / 10) * 10);
  const ticks = minutes
    .filter(({ minute }) => minute % step === 0)
    .map(
      ({ minute }) =>
        `<line x1="${x(minute).toFixed(1)}" x2="${x(minute).toFixed(1)}" y1="${GAP}" y2="${height - GAP}" stroke="#e2e8f0"/><text x="${x(minute).toFixed(1)}" y="${height - 10}" text-anchor="middle">${minute}</text>`,
    );
  const drawn = panels.map((panel, index) => draw(panel, minutes, GAP + index * (PANEL + GAP), x));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img"><title>Forecast over ${minutes.length} minutes</title><rect width="100%" height="100%" fill="#fff"/>${ticks.join("")}${drawn.join("")}</svg>\n`;
}

function draw(
  { title, lines }: Panel,
  minutes: readonly Minute[],
  top: number,
  x: (minute: number) => number,
): string {
  const values = minutes.flatMap((minute) => lines.map(({ of }) => of(minute)));
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
  const y = (value: number) => top + PANEL - (PANEL * (value - low)) / (high - low);
  const scale = [low, high].map(
    (value) =>
      `<text x="${LEFT - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${Math.round(value).toLocaleString("en")}</text>`,
  );
  const paths = lines.map(({ name, colour, of }) => {
    const points = minutes.map((minute) => `${x(minute.minute).toFixed(1)},${y(of(minute)).toFixed(1)}`);
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"><title>${name}</title></polyline>`;
  });
  const legend = lines.map(({ name, colour }) => `<tspan fill="${colour}" dx="8">${name}</tspan>`);
  return `<text x="${LEFT}" y="${top - 6}">${title}${legend.join("")}</text><line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(low)}" y2="${y(low)}" stroke="#64748b"/>${scale.join("")}${paths.join("")}`;
}

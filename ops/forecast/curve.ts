/** Requests a second, minute by minute: read from a file, or a sale as it usually goes. */
import { UserError } from "../../cli/user-error.ts";
import type { Curve } from "./simulate.ts";

/** A fortnight. */
const MOST_MINUTES = 20_160;
const MOST_RATE = 100_000_000;

/**
 * Lines of a minute, from 0, and requests a second at the edge from then on; between two lines the rate goes from one to the other
 * in a straight line. The first line may be a heading.
 *
 * @throws UserError naming the line
 */
export function readCurve(text: string, file: string): Curve {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const [heading, ...rest] = lines.filter(({ line }) => line !== "");
  const hasHeading = heading !== undefined && !/^[\d.,;\s]+$/.test(heading.line);
  const points = (hasHeading ? rest : heading ? [heading, ...rest] : []).map(({ line, number }) => {
    const [, minute, rate] = /^(\d+)\s*[,;\t]\s*(\d+(?:\.\d+)?)$/.exec(line) ?? [];
    const point = { minute: Number(minute), rate: Number(rate) };
    if (rate === undefined || point.minute > MOST_MINUTES || point.rate > MOST_RATE)
      throw new UserError(
        `${file}:${number}: "${line}" is not a whole minute up to ${MOST_MINUTES}, a comma, and requests a second up to ${MOST_RATE}.`,
      );
    return { ...point, number };
  });
  for (const [index, { minute, number }] of points.entries()) {
    const before = points[index - 1];
    if (before ? minute <= before.minute : minute !== 0)
      throw new UserError(
        `${file}:${number}: minute ${minute} must ${before ? `come after ${before.minute}` : "be 0, since the curve begins there"}.`,
      );
  }
  if (points.length < 2) throw new UserError(`${file}: a curve has two lines or more.`);
  const curve: number[] = [];
  for (const [index, { minute, rate }] of points.slice(0, -1).entries()) {
    const next = points[index + 1]!;
    for (let at = minute; at < next.minute; at++)
      curve.push(rate + ((next.rate - rate) * (at - minute)) / (next.minute - minute));
  }
  return [...curve, points.at(-1)!.rate];
}

/**
 * A sale that begins at a moment which all customers know: half an hour as on any day, the peak within two minutes, an hour of it,
 * and three hours in which it falls to twice what is usual.
 *
 * @param peak requests a second
 * @param usual the same, on any day. @default a twentieth of the peak
 */
export function sale(peak: number, usual = peak / 20): Curve {
  const line = (minutes: number, from: number, to: number) =>
    Array.from({ length: minutes }, (_, minute) => from + ((to - from) * (minute + 1)) / minutes);
  return [
    ...line(30, usual, usual),
    ...line(2, usual, peak),
    ...line(60, peak, peak),
    ...line(180, peak, 2 * usual),
  ];
}

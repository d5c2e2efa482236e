/** Figures as text. */

/** @param {number | undefined} share 0 to 1 */
export function percentOf(share) {
  return share === undefined ? "–" : `${Math.round(share * 100)} %`;
}

/** @param {number | undefined} percent */
export function percent(percent) {
  return percent === undefined ? "–" : `${Math.round(percent)} %`;
}

/** @param {number | undefined} value */
export function milliseconds(value) {
  if (value === undefined || value === null) return "–";
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** @param {number | undefined} value */
export function seconds(value) {
  return value === undefined || value === null ? "–" : `${value.toFixed(1)} s`;
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  const unit = bytes < 1024 ** 2 ? "KiB" : "MiB";
  return `${(bytes / (unit === "KiB" ? 1024 : 1024 ** 2)).toFixed(bytes < 10_240 ? 1 : 0)} ${unit}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** @param {number} at milliseconds since the epoch */
export function timeOfDay(at) {
  return clock.format(at);
}

/** @param {number} milliseconds */
export function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} value */
export function count(value) {
  return value.toLocaleString("en-GB");
}

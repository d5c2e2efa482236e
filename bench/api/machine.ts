import { readdirSync, readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** Linux counts CPU time in hundredths of a second for user space, on every architecture (USER_HZ, see proc(5)). */
const TICK_US = 10_000;

interface Stat {
  parent: number;
  /** User and system time of the process with all its threads, in ticks. */
  own: number;
  /** The same of its children that have ended and been waited for. */
  children: number;
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in parentheses, may hold anything; the numbered fields of proc(5) go on from 3 behind it.
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    return { parent: fields[1]!, own: fields[11]! + fields[12]!, children: fields[13]! + fields[14]! };
  } catch {
    return undefined; // it has ended
  }
}

/** CPU microseconds that a process has used so far, by the operating system's accounting. */
export function cpuOf(pid: number): number {
  return (readStat(pid)?.own ?? 0) * TICK_US;
}

/** CPU microseconds of PostgreSQL so far: the main process, its backends and workers, and those that have ended. */
export function cpuOfTree(pid: number): number {
  const main = readStat(pid);
  if (!main) return 0;
  let ticks = main.own + main.children;
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
    if (stat?.parent === pid) ticks += stat.own;
  }
  return ticks * TICK_US;
}

/** The most memory that a process has held so far, in MiB. */
export function peakMemory(pid: number): number {
  return statusMiB(pid, "VmHWM");
}

/** The memory that a process holds, in MiB; 0 when it has ended. */
export function residentMiB(pid: number): number {
  try {
    return statusMiB(pid, "VmRSS");
  } catch {
    return 0;
  }
}

function statusMiB(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024;
}

export function describeMachine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, Linux ${release()}, Node ${process.version}`;
}

/** Loaded into a task (`--import`): whenever SIGWINCH comes its clock jumps, by turns an hour ahead, to an hour behind, and back. */
const now = Date.now;
const OFFSETS_MS = [0, 3_600_000, -3_600_000];
let offset = 0;
let jumps = 0;

globalThis.Date = class extends Date {
  constructor(...parts: unknown[]) {
    super(...((parts.length > 0 ? parts : [now() + offset]) as [number]));
  }

  static override now(): number {
    return now() + offset;
  }
} as DateConstructor;

process.on("SIGWINCH", () => {
  offset = OFFSETS_MS[++jumps % OFFSETS_MS.length]!;
});

/** Loaded into a task (`--import`): its clock jumps an hour ahead and back, in turns, whenever SIGWINCH comes. */
const now = Date.now;
let offset = 0;

globalThis.Date = class extends Date {
  constructor(...parts: unknown[]) {
    super(...((parts.length > 0 ? parts : [now() + offset]) as [number]));
  }

  static override now(): number {
    return now() + offset;
  }
} as DateConstructor;

process.on("SIGWINCH", () => {
  offset = offset === 0 ? 3_600_000 : 0;
});

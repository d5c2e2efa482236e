/** When each resource would be made or taken away, and the chain that decides how long it all takes. */
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { durationOf } from "./durations.ts";

export interface Bar {
  readonly address: string;
  readonly type: string;
  /** Seconds from the beginning. */
  readonly start: number;
  readonly end: number;
  /** On the longest chain. */
  readonly critical: boolean;
  readonly samples: number;
}

export interface Timetable {
  readonly operation: "create" | "destroy";
  /** Seconds, with the middle of the samples. */
  readonly likely: number;
  /** Seconds, with the longest sample of each. */
  readonly most: number;
  /** In the order of their start. */
  readonly bars: readonly Bar[];
}

/** @param only addresses that an apply would make; what else exists takes no time. @default all */
export function timetable(
  config: Configuration,
  operation: "create" | "destroy",
  only?: ReadonlySet<string>,
): Timetable {
  const waitsFor = operation === "create" ? (block: Block) => config.dependencies(block) : inverted(config);
  const walk = (kind: "likely" | "most") => {
    const ends = new Map<string, { start: number; end: number; after: string | undefined }>();
    const visit = (block: Block): number => {
      const known = ends.get(block.address);
      if (known) return known.end;
      ends.set(block.address, { start: 0, end: 0, after: undefined }); // a cycle is Terraform's to report
      let start = 0;
      let after: string | undefined;
      for (const each of waitsFor(block)) {
        const end = visit(each);
        if (end > start) [start, after] = [end, each.address];
      }
      const counts = block.mode === "resource" && (only?.has(block.address) ?? true);
      const end = start + (counts ? durationOf(block, operation)[kind] : 0);
      ends.set(block.address, { start, end, after });
      return end;
    };
    for (const block of config.resources) visit(block);
    return ends;
  };
  const ends = walk("likely");
  const last = config.resources.toSorted((a, b) => ends.get(b.address)!.end - ends.get(a.address)!.end)[0];
  const critical = new Set<string>();
  for (let at = last?.address; at; at = ends.get(at)?.after) critical.add(at);
  const bars = config.resources
    .filter(({ address }) => only?.has(address) ?? true)
    .map(({ address, type }) => ({
      address,
      type,
      start: ends.get(address)!.start,
      end: ends.get(address)!.end,
      critical: critical.has(address),
      samples: durationOf({ address, type }, operation).samples,
    }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const longest = (all: Map<string, { end: number }>) =>
    Math.max(0, ...[...all.values()].map(({ end }) => end));
  return { operation, likely: longest(ends), most: longest(walk("most")), bars };
}

/** Terraform takes away against the order in which it makes. */
function inverted(config: Configuration): (block: Block) => readonly Block[] {
  const waiting = new Map<string, Block[]>();
  for (const block of config.resources)
    for (const each of config.dependencies(block))
      waiting.set(each.address, [...(waiting.get(each.address) ?? []), block]);
  return ({ address }) => waiting.get(address) ?? [];
}

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

/** A part of the longest chain, where each takes its longest. */
export interface Wait {
  readonly address: string;
  readonly seconds: number;
  readonly source: string;
}

export interface Timetable {
  readonly operation: "create" | "destroy";
  /** Seconds, with the middle of the samples. */
  readonly likely: number;
  /** Seconds, with the longest sample of each. */
  readonly most: number;
  /** What adds up to `most`, in order, but for what takes seconds. */
  readonly worst: readonly Wait[];
  /** In the order of their start. */
  readonly bars: readonly Bar[];
}

/** Shorter waits decide nothing. */
const MENTIONED_SECONDS = 30;

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
  const [ends, latest] = [walk("likely"), walk("most")];
  const chainOf = (all: typeof ends): string[] => {
    const last = config.resources.toSorted((a, b) => all.get(b.address)!.end - all.get(a.address)!.end)[0];
    const chain: string[] = [];
    for (let at = last?.address; at; at = all.get(at)?.after) chain.unshift(at);
    return chain;
  };
  const critical = new Set(chainOf(ends));
  const worst = chainOf(latest).map((address) => {
    const { start, end } = latest.get(address)!;
    const { source } = durationOf(config.block(address)!, operation);
    return { address, seconds: end - start, source };
  });
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
  return {
    operation,
    likely: longest(ends),
    most: longest(latest),
    worst: worst.filter(({ seconds }) => seconds >= MENTIONED_SECONDS),
    bars,
  };
}

/** Terraform takes away against the order in which it makes. */
function inverted(config: Configuration): (block: Block) => readonly Block[] {
  const waiting = new Map<string, Block[]>();
  for (const block of config.resources)
    for (const each of config.dependencies(block))
      waiting.set(each.address, [...(waiting.get(each.address) ?? []), block]);
  return ({ address }) => waiting.get(address) ?? [];
}

/** Asks every task, again and again, for what it knows and for what nobody has asked for before. */
import type { Catalogue } from "./catalogue.ts";
import { askTask, succeeded, type TaskResponse } from "./tasks.ts";
import { writeRequest } from "./writes.ts";

/** New addresses by kind; `known` ones were asked for before; `health` is what the balancer asks. */
export const NEW_KINDS = ["list", "search", "suggestion", "write"] as const;
export type NewKind = (typeof NEW_KINDS)[number];
type Kind = NewKind | "known" | "health";

export type Probe = TaskResponse & { kind: Kind; task: string; sku?: string };

const EVERY_MS = 500;
/** Writes are rarer: a product takes 200 variants. */
const WRITE_EVERY_TICKS = 4;

export class Probes {
  readonly #tasks: readonly string[];
  readonly #catalogue: Catalogue;
  readonly #apiKey: string;
  readonly #known: readonly string[];
  readonly #probes: Probe[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;
  /** Slug of the product that the writes are about; each adds a variant. */
  slug: string;

  /** @param options.tasks their addresses, e.g. `127.0.0.1:41873`. */
  constructor(options: { tasks: readonly string[]; catalogue: Catalogue; apiKey: string; slug: string }) {
    this.#tasks = options.tasks;
    this.#catalogue = options.catalogue;
    this.#apiKey = options.apiKey;
    this.slug = options.slug;
    this.#known = Object.values(options.catalogue).map(([first]) => first!);
  }

  /** Lets every task know what will be asked of it, and begins: on an open loop, as the load does. */
  async start(): Promise<void> {
    await Promise.all(this.#tasks.flatMap((task) => this.#known.map((path) => askTask(task, path))));
    this.#timer = setInterval(() => this.#tick(), EVERY_MS);
  }

  /** So far, by the moment in which the answer came. */
  get answers(): readonly Probe[] {
    return this.#probes;
  }

  /** Sends nothing more, and waits for what is under way. Safe to call twice. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }

  #tick(): void {
    const tick = ++this.#ticks;
    for (const [index, task] of this.#tasks.entries()) {
      // A price limit that nobody else has asked for, and a word that nobody has written.
      const unique = 1_000_000 + tick * this.#tasks.length + index;
      const { lists, searches } = this.#catalogue;
      this.#send("health", task, "/health");
      this.#send("known", task, this.#known[tick % this.#known.length]!);
      this.#send("list", task, `${lists[0]}&facets=true&maxPrice=${unique}`);
      this.#send("search", task, `${searches[0]}&maxPrice=${unique}`);
      this.#send("suggestion", task, `/v1/suggest?q=l${unique.toString(36)}`);
      if (tick % WRITE_EVERY_TICKS === 0) this.#write(task, unique);
    }
  }

  #write(task: string, number: number): void {
    const sku = `${this.slug}-${number}`.toUpperCase();
    const { path, ...options } = writeRequest(this.#apiKey, number, { slug: this.slug, sku });
    this.#send("write", task, path, options, sku);
  }

  #send(kind: Kind, task: string, path: string, options?: Parameters<typeof askTask>[2], sku?: string): void {
    const answered = askTask(task, path, options).then((answer) => {
      this.#probes.push({ ...answer, kind, task, ...(sku !== undefined && { sku }) });
      this.#underWay.delete(answered);
    });
    this.#underWay.add(answered);
  }
}

/**
 * How long after a moment each kind works again for good on every task, in seconds: until the answer to the first request that
 * none that was sent later has failed after.
 *
 * @param probes in any order; none of them is looked at that was sent outside of the time from `since` to `until`.
 * @returns infinite for what has not come back
 */
export function returnedAfter(probes: readonly Probe[], kind: NewKind, since: number, until: number): number {
  const sent = probes.filter((probe) => probe.kind === kind && probe.sentAt >= since && probe.sentAt < until);
  const tasks = new Set(probes.map(({ task }) => task));
  const moments = [...tasks].map((task) => {
    const answers = sent.filter((probe) => probe.task === task);
    const lastFailure = Math.max(
      since,
      ...answers.filter((probe) => !succeeded(probe)).map(({ sentAt }) => sentAt),
    );
    return Math.min(
      Number.POSITIVE_INFINITY,
      ...answers
        .filter((probe) => succeeded(probe) && probe.sentAt >= lastFailure)
        .map(({ doneAt }) => doneAt),
    );
  });
  return (Math.max(...moments) - since) / 1000;
}

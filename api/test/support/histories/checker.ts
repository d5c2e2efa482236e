import type { History, Operation, Shown, Version } from "./history.ts";

/** What is promised of every history, and what breaks it: with the few operations that show it. */
export interface Violation {
  promise: string;
  operations: Operation[];
}

/** How old an answer may be that does not say that it is stale (docs/FRESHNESS.md): nobody may have been told of the change. */
const BOUND_MS = 5_000;
/** Between PostgreSQL's clock and that of the operations. */
const TOLERANCE_MS = 50;
/** What the edge may serve, in seconds. */
const EDGE_SECONDS = 60;
/** Faults in which whoever writes what nobody else writes has to wait for nobody. */
const OF_OTHERS = ["a row is held while keys expire", "clock jumps"];
const ALONE_MS = 10_000;
/** While nothing was broken there is no reason for these. */
const NEED_A_FAULT = ["/problems/database-unavailable", "/problems/outcome-unknown", "/problems/starting"];

export function check(history: History): Violation[] {
  const versions = new Versions(history);
  return [
    ...history.operations.flatMap((operation) => answerViolations(operation, versions)),
    ...history.operations.flatMap((operation) => writeViolations(operation, versions)),
    ...aloneViolations(history),
    ...readViolations(history, versions),
    ...searchViolations(history, versions),
    ...categoryViolations(history),
  ];
}

/** The audit, to be looked things up in. */
class Versions {
  /** Of those in which something breaks. */
  readonly firstFault: number;
  readonly #byName = new Map<string, Version[]>();
  readonly #bySlug = new Map<string, Version[]>();

  constructor({ audit, faults }: History) {
    const broken = faults.filter(({ name }) => !OF_OTHERS.includes(name));
    this.firstFault = Math.min(Number.POSITIVE_INFINITY, ...broken.map(({ at }) => at));
    for (const version of audit) {
      const versions = this.#bySlug.get(version.slug) ?? [];
      this.#bySlug.set(version.slug, versions);
      // A later version with the same name was made by a change of something else.
      if (versions.at(-1)?.name !== version.name)
        this.#byName.set(version.name, [...(this.#byName.get(version.name) ?? []), version]);
      versions.push(version);
    }
  }

  /** The versions that have brought a name. */
  of(name: string): Version[] {
    return this.#byName.get(name) ?? [];
  }

  before({ slug, version }: Version): Version | undefined {
    return this.#bySlug.get(slug)!.findLast((other) => other.version < version);
  }

  after(slug: string, version: number): number {
    return this.#bySlug.get(slug)?.find((other) => other.version > version)?.version ?? version;
  }

  /** What has been committed of a product for some time. */
  committed(slug: string, before: number): Version | undefined {
    return this.#bySlug.get(slug)?.findLast(({ committedAt }) => committedAt <= before);
  }

  /** The newest version that may still have looked like this. */
  newest({ slug, version, name }: Shown): number {
    if (version !== undefined) return version;
    const versions = this.#bySlug.get(slug) ?? [];
    const from = versions.findIndex((other) => other.name === name);
    if (from < 0) return Number.POSITIVE_INFINITY;
    const next = versions.findIndex((other, i) => i > from && other.name !== name);
    return next < 0 ? Number.POSITIVE_INFINITY : versions[next]!.version - 1;
  }

  renamedAfter({ slug, name }: Shown): string | undefined {
    const versions = this.#bySlug.get(slug) ?? [];
    const from = versions.findIndex((other) => other.name === name);
    return from < 0 ? undefined : versions.slice(from).find((other) => other.name !== name)?.name;
  }
}

/** What every answer owes, whatever was asked. */
function answerViolations(operation: Operation, { firstFault }: Versions): Violation[] {
  const { status, problem = "", detail = "", stale, control, keyed, until, outcome, wants = [] } = operation;
  const isRead = outcome === "read";
  const violated = (is: boolean, promise: string) => (is ? [{ promise, operations: [operation] }] : []);
  const seconds = (name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(control)?.[1] ?? 0);
  const shared = seconds("s-maxage") + seconds("stale-while-revalidate");
  return [
    ...violated(status >= 400 && !/^\/problems\/./.test(problem), "a refusal is a problem document"),
    ...violated(status === 500, "no fault is a mistake of the server"),
    ...violated(until < firstFault && NEED_A_FAULT.includes(problem), "a refusal names the true reason"),
    // Who repeats a request whose first attempt still holds its key is told so.
    ...violated(
      status === 409 && !/this Idempotency-Key/.test(detail),
      "whoever loses a race for a product is told 412",
    ),
    ...violated(
      problem === "/problems/outcome-unknown" && /Idempotency-Key/.test(detail) !== (keyed ?? false),
      "a refusal advises only what the request can do",
    ),
    ...violated(stale && shared > 0, "what is stale is not kept at the edge as if it were new"),
    ...violated(
      isRead && ![0, 200, 503].includes(status),
      "what is there is shown, or said to be out of reach",
    ),
    ...violated(
      wants.length > 0 && [400, 404, 413, 422].includes(status),
      "a good write is not called a mistake",
    ),
    ...violated(
      isRead && /writer/.test(detail),
      "a read is not refused for want of the writer: a reader lives",
    ),
    ...violated(isRead && shared > EDGE_SECONDS, "the edge keeps nothing for longer than a minute"),
  ];
}

function writeViolations(operation: Operation, versions: Versions): Violation[] {
  const { outcome, wants = [], shows, status, until } = operation;
  return wants.flatMap(({ slug, name, from }) => {
    const committed = versions.of(name);
    const [only] = committed;
    const answered = shows.find((shown) => shown.slug === slug)?.version;
    const wrong = (promise: string) => [{ promise, operations: [operation] }];
    if (committed.length > 1) return wrong("nothing is written twice");
    if (outcome === "refused" && only) return wrong("what was refused is not written");
    if ((outcome === "done" || outcome === "replayed") && !only)
      return wrong("what was acknowledged is written");
    if (outcome === "done" && answered !== undefined && answered !== only!.version)
      return wrong("the answer to a write has its version");
    if (only && from !== undefined && versions.before(only)?.version !== from)
      return wrong("a conditional write follows the version that it names");
    const newest = versions.committed(slug, until + TOLERANCE_MS)?.version ?? 0;
    if (status === 412 && from !== undefined && newest <= from)
      return wrong("who is told that it has changed was overtaken");
    return [];
  });
}

function aloneViolations({ operations, faults }: History): Violation[] {
  return operations
    .filter(({ alone, outcome, problem = "", at, until }) => {
      const others = faults.filter((fault) => fault.until > at - ALONE_MS && fault.at < until);
      const isBlocked = alone && outcome === "refused" && /locked|contention/.test(problem);
      return isBlocked && others.every(({ name }) => OF_OTHERS.includes(name));
    })
    .map((operation) => ({
      promise: "who writes what nobody else writes waits for nobody",
      operations: [operation],
    }));
}

interface Known {
  version: number;
  by: Operation;
}

/** What a task must know after an operation of its own, by product. */
function learnt(operation: Operation, versions: Versions): (Shown & { version: number })[] {
  const { outcome, status, stale, shows, wants = [], until } = operation;
  if (outcome === "read")
    return stale
      ? []
      : shows.flatMap((shown) => (shown.version === undefined ? [] : [shown as Shown & { version: number }]));
  if (outcome === "done" || outcome === "replayed")
    return wants.flatMap(({ slug, name }) => versions.of(name).map(({ version }) => ({ slug, version })));
  // Whoever reads again what may have been written gets what is so.
  if (outcome === "unknown" && status === 503)
    return wants.flatMap(({ slug, name }) =>
      versions
        .of(name)
        .flatMap(({ version, committedAt }) => (committedAt <= until ? [{ slug, version }] : [])),
    );
  if (status !== 412) return [];
  // It has seen a version that is later than the one that the request names.
  return wants.flatMap(({ slug, from }) =>
    from === undefined ? [] : [{ slug, version: versions.after(slug, from) }],
  );
}

function readViolations({ operations }: History, versions: Versions): Violation[] {
  const violations: Violation[] = [];
  /** Of a task, in the order in which it became known. */
  const known = new Map<string, Known[]>();
  const prices = new Map<string, { price: number; by: Operation }[]>();
  const put = (key: string, version: number, by: Operation) => {
    const list = known.get(key) ?? [];
    known.set(key, list);
    list.push({ version, by });
  };
  for (const operation of operations.toSorted((a, b) => a.until - b.until)) {
    const { task, outcome } = operation;
    for (const { slug, version } of learnt(operation, versions))
      put(`${task} ${slug} ${outcome === "read" ? "page" : "all"}`, version, operation);
    if (task >= 0) continue;
    for (const { slug, price } of operation.shows)
      if (price !== undefined) prices.set(slug, [...(prices.get(slug) ?? []), { price, by: operation }]);
  }
  const newest = (key: string, until: number): Known | undefined =>
    (known.get(key) ?? [])
      .filter(({ by }) => by.until <= until)
      .reduce<Known | undefined>(
        (best, each) => (best && best.version >= each.version ? best : each),
        undefined,
      );
  for (const operation of operations) {
    const { task, at, stale, outcome, shows } = operation;
    if (outcome !== "read" || stale || task < 0) continue;
    for (const shown of shows) {
      const version = versions.newest(shown);
      const own = newest(`${task} ${shown.slug} all`, at);
      const page = shown.version === undefined ? undefined : newest(`${task} ${shown.slug} page`, at);
      const compare = (than: Known | undefined, promise: string) => {
        if (than && than.version > version) violations.push({ promise, operations: [than.by, operation] });
      };
      compare(own, "a task shows what it has acknowledged or has seen for a write");
      compare(page, "a task never shows a product as it was before");
      const committed = versions.committed(shown.slug, at - BOUND_MS);
      if (committed && committed.version > version)
        violations.push({
          promise: `an answer is not older than ${BOUND_MS} ms`,
          operations: [...operations.filter((other) => hasMade(other, committed)), operation],
        });
      const price = prices.get(shown.slug)?.findLast(({ by }) => by.until <= at - BOUND_MS);
      if (price && shown.price !== undefined && shown.price < price.price)
        violations.push({
          promise: `a price is not older than ${BOUND_MS} ms`,
          operations: [price.by, operation],
        });
    }
  }
  return violations;
}

const hasMade = ({ wants = [] }: Operation, { slug, name }: Version): boolean =>
  wants.some((wanted) => wanted.slug === slug && wanted.name === name);

/** A word is found by the task that has acknowledged the name with it, until the name is another one. */
function searchViolations({ operations }: History, versions: Versions): Violation[] {
  const writes = new Map(
    operations.flatMap((operation) =>
      operation.outcome === "done"
        ? (operation.wants ?? []).map(({ name, slug }) => [name, { operation, slug }] as const)
        : [],
    ),
  );
  // When it was asked for first: a repeat comes later, and may find it done.
  const asked = new Map<string, number>();
  for (const { wants = [], at } of operations)
    for (const { name } of wants) asked.set(name, Math.min(at, asked.get(name) ?? at));
  return operations.flatMap((operation) => {
    const { word, task, at, until, stale, status, shows } = operation;
    const write = word === undefined ? undefined : writes.get(word);
    if (!write || status !== 200 || stale || write.operation.until > at || write.operation.task !== task)
      return [];
    const next = versions.renamedAfter({ slug: write.slug, name: word! });
    const still = next === undefined || (asked.get(next) ?? Number.NEGATIVE_INFINITY) > until;
    if (!still || shows.some(({ slug }) => slug === write.slug)) return [];
    return [
      {
        promise: "a new word is found by the task that has acknowledged it",
        operations: [write.operation, operation],
      },
    ];
  });
}

/** One client renames the category, so that its names only rise. */
function categoryViolations({ operations }: History): Violation[] {
  const renames = operations.filter(({ category, outcome }) => category !== undefined && outcome === "done");
  return operations.flatMap((operation) => {
    const { outcome, category, stale, at, task } = operation;
    if (outcome !== "read" || category === undefined || stale) return [];
    const before = renames.findLast(
      (rename) => rename.until <= (rename.task === task ? at : at - BOUND_MS) && rename.category! > category,
    );
    return before
      ? [
          {
            promise: `a category's name is not older than ${BOUND_MS} ms, and on the task that wrote it not at all`,
            operations: [before, operation],
          },
        ]
      : [];
  });
}

import type { Operation, Shown, Story, Version } from "./story.ts";

/** What is promised of every history, and what breaks it: with the few operations that show it. */
export interface Violation {
  promise: string;
  operations: Operation[];
}

/** How old an answer may be that does not say that it is stale (docs/FRESHNESS.md): nobody may have been told of the change. */
const BOUND_MS = 5_000;
/** What the edge may serve, in seconds. */
const EDGE_SECONDS = 60;
/** While nothing was broken there is no reason for these. */
const NEED_A_FAULT = ["/problems/database-unavailable", "/problems/outcome-unknown", "/problems/starting"];

export function check(story: Story): Violation[] {
  const history = new History(story);
  return [
    ...story.operations.flatMap((operation) => answerViolations(operation, history)),
    ...story.operations.flatMap((operation) => writeViolations(operation, history)),
    ...readViolations(story, history),
    ...searchViolations(story, history),
    ...categoryViolations(story),
  ];
}

/** The audit, to be looked things up in. */
class History {
  readonly firstFault: number;
  readonly #byName = new Map<string, Version[]>();
  readonly #bySlug = new Map<string, Version[]>();

  constructor({ audit, faults }: Story) {
    this.firstFault = Math.min(Number.POSITIVE_INFINITY, ...faults.map(({ at }) => at));
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
function answerViolations(operation: Operation, { firstFault }: History): Violation[] {
  const { status, problem = "", detail = "", stale, control, keyed, until, outcome } = operation;
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
      outcome === "read" && shared > EDGE_SECONDS,
      "the edge keeps nothing for longer than a minute",
    ),
  ];
}

function writeViolations(operation: Operation, history: History): Violation[] {
  const { outcome, wants = [], shows } = operation;
  return wants.flatMap(({ slug, name, from }) => {
    const committed = history.of(name);
    const [only] = committed;
    const answered = shows.find((shown) => shown.slug === slug)?.version;
    const wrong = (promise: string) => [{ promise, operations: [operation] }];
    if (committed.length > 1) return wrong("nothing is written twice");
    if (outcome === "refused" && only) return wrong("what was refused is not written");
    if ((outcome === "done" || outcome === "replayed") && !only)
      return wrong("what was acknowledged is written");
    if (outcome === "done" && answered !== undefined && answered !== only!.version)
      return wrong("the answer to a write has its version");
    if (only && from !== undefined && history.before(only)?.version !== from)
      return wrong("a conditional write follows the version that it names");
    return [];
  });
}

interface Known {
  version: number;
  by: Operation;
}

/** What a task must know after an operation of its own, by product. */
function learnt(operation: Operation, history: History): (Shown & { version: number })[] {
  const { outcome, status, stale, shows, wants = [] } = operation;
  if (outcome === "read")
    return stale
      ? []
      : shows.flatMap((shown) => (shown.version === undefined ? [] : [shown as Shown & { version: number }]));
  if (outcome === "done" || outcome === "replayed")
    return wants.flatMap(({ slug, name }) => history.of(name).map(({ version }) => ({ slug, version })));
  if (status !== 412) return [];
  // It has seen a version that is later than the one that the request names.
  return wants.flatMap(({ slug, from }) =>
    from === undefined ? [] : [{ slug, version: history.after(slug, from) }],
  );
}

function readViolations({ operations }: Story, history: History): Violation[] {
  const violations: Violation[] = [];
  /** Of a task, or (task -1) of whatever was acknowledged by anybody, in the order in which it became known. */
  const known = new Map<string, Known[]>();
  const prices = new Map<string, { price: number; by: Operation }[]>();
  const put = (key: string, version: number, by: Operation) => {
    const list = known.get(key) ?? [];
    known.set(key, list);
    list.push({ version, by });
  };
  for (const operation of operations.toSorted((a, b) => a.until - b.until)) {
    const { task, outcome } = operation;
    for (const { slug, version } of learnt(operation, history)) {
      put(`${task} ${slug} ${outcome === "read" ? "page" : "all"}`, version, operation);
      if (outcome !== "read") put(`-1 ${slug} all`, version, operation);
    }
    if (task >= 0) continue;
    for (const { slug, version, price } of operation.shows) {
      if (version !== undefined) put(`-1 ${slug} all`, version, operation);
      if (price !== undefined) prices.set(slug, [...(prices.get(slug) ?? []), { price, by: operation }]);
    }
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
      const version = history.newest(shown);
      const own = newest(`${task} ${shown.slug} all`, at);
      const page = shown.version === undefined ? undefined : newest(`${task} ${shown.slug} page`, at);
      const others = newest(`-1 ${shown.slug} all`, at - BOUND_MS);
      const compare = (than: Known | undefined, promise: string) => {
        if (than && than.version > version) violations.push({ promise, operations: [than.by, operation] });
      };
      compare(own, "a task shows what it has acknowledged or has seen for a write");
      compare(page, "a task never shows a product as it was before");
      compare(others, `an answer is not older than ${BOUND_MS} ms`);
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

/** A word is found by the task that has acknowledged the name with it, until the name is another one. */
function searchViolations({ operations }: Story, history: History): Violation[] {
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
    const next = history.renamedAfter({ slug: write.slug, name: word! });
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
function categoryViolations({ operations }: Story): Violation[] {
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

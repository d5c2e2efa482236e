import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { FastifyInstance } from "fastify";
import { until } from "../../../test/support/until.ts";
import { buildApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { type Answer, API_KEY, row, startApi, type TestApi, unique } from "../support/api.ts";
import { type Sent, sendAlone } from "../support/raw-http.ts";
import { documentChecker, responseChecker } from "../support/response-checker.ts";
import { type Route, routesOf } from "../support/routes.ts";

/** A key that may change prices alone. */
const PRICES_KEY = "prices-key-0123456789";
const HASTY_MS = 300;

let api: TestApi;
/** Tasks of the same database in all the states that one can be in, by what is wrong with them; all listen. */
let tasks: Record<"well" | "limited" | "hasty" | "starting" | "busy" | "broken", FastifyInstance>;
let check: ReturnType<typeof responseChecker>;
/** A product that stays, and one that it may not be like. */
let slug: string;
let other: string;

before(async () => {
  api = await startApi({
    DB_LOCK_TIMEOUT_MS: "200",
    API_KEYS: `${API_KEY},pricer:prices:${PRICES_KEY}`,
  });
  check = responseChecker(api.app);
  // By which the database knows whose key a request has.
  const first = await api.call("PUT", "/v1/categories/first", {
    key: true,
    headers: { "idempotency-key": unique() },
    body: { name: "First" },
  });
  assert.equal(first.status, 201, first.text);
  [slug, other] = [`s-${unique()}`, `o-${unique()}`];
  await api.call("PUT", "/v1/products:bulk", {
    key: true,
    body: { rows: [row({ slug }), row({ slug: other })] },
  });
  const limited = (await api.another({ RATE_LIMIT_PER_MINUTE: "1" })).app;
  const busy = await buildApp(readConfig({ ...api.env, MAX_EVENT_LOOP_UTILIZATION: "0.0000001" }));
  const hasty = await buildApp(readConfig(api.env), { requestMs: HASTY_MS });
  // Nothing listens there.
  const starting = await buildApp(readConfig({ ...api.env, DB_PORT: "1" }));
  const broken = (await api.another()).app;
  const fails = () => {
    throw new Error("broken");
  };
  Object.assign(broken, { serve: fails, catalog: fails, listCurrency: fails, isDraining: fails });
  tasks = { well: api.app, limited, hasty, starting, busy, broken };
  for (const task of Object.values(tasks)) await task.listen({ host: "127.0.0.1", port: 0 });
  await until(async () => (await busy.inject("/problems/conflict")).statusCode === 503);
});
after(async () => {
  await Promise.all(Object.values(tasks ?? {}).map((task) => task.close()));
  await api?.close();
});

async function send(task: FastifyInstance, sent: Sent): Promise<Answer> {
  const answer = await sendAlone((task.server.address() as { port: number }).port, sent);
  check(sent.method, sent.address, answer);
  return answer;
}

const isProduct = ({ path }: Route): boolean => path.startsWith("/v1/products/{product}");
const withQuery = (address: string, query: string): string =>
  `${address}${address.includes("?") ? "&" : "?"}${query}`;

/** The request as the document shows it, about what this test has made. */
function plain(route: Route): Sent {
  const [type] = route.types;
  const body = type && JSON.parse(type === "application/x-ndjson" ? "{}" : route.bodies[type]!);
  const example = { ...body, ...(route.name === "putProduct" ? PRODUCT(slug) : {}) };
  return {
    method: route.method,
    address: isProduct(route)
      ? route.path.replace("{product}", slug)
      : route.path.includes("{category}")
        ? "/v1/categories/books"
        : route.address,
    headers: {
      ...(route.needsKey ? { "x-api-key": API_KEY } : {}),
      ...(type === undefined ? {} : { "content-type": type }),
    },
    body:
      type &&
      JSON.stringify(
        route.path.includes("{category}")
          ? { name: "Books" }
          : route.name === "upsertVariants"
            ? { rows: [row({ slug })] }
            : example,
      ),
  };
}
const PRODUCT = (of: string) => ({
  slug: of,
  name: of,
  brand: "Acme",
  variants: [{ sku: `SKU-${of}`, prices: { EUR: 1_000 } }],
});
const changed = (sent: Sent, headers: Record<string, string>, more: Partial<Sent> = {}): Sent => ({
  ...sent,
  ...more,
  headers: { ...sent.headers, ...headers },
});
const matching = (sent: Sent): Sent => changed(sent, { "if-match": "*" });
const withBody = (sent: Sent, body: object): Sent => ({ ...sent, body: JSON.stringify(body) });
const well = (sent: Sent): Promise<Answer> => send(tasks.well, sent);

async function make(of: string): Promise<void> {
  await api.call("PUT", "/v1/products:bulk", { key: true, body: { rows: [row({ slug: of })] } });
}

/** Does what the operation is for. */
async function succeed(route: Route): Promise<Answer> {
  const sent = plain(route);
  if (route.method !== "DELETE")
    return well(isProduct(route) && route.method !== "GET" ? matching(sent) : sent);
  const gone = `d-${unique()}`;
  if (isProduct(route)) await make(gone);
  else await api.call("PUT", `/v1/categories/${gone}`, { key: true, body: { name: gone } });
  return well(matching({ ...sent, address: sent.address.replace(/[^/]+$/, gone) }));
}

/** Whether the operation reads no body, so that what is wrong with one is nothing to it. */
const isBodiless = ({ types }: Route): boolean => types.length === 0;

/** A request whose Idempotency-Key another one has, which is not through: the test's own transaction. */
async function inFlight(route: Route): Promise<Answer> {
  const key = unique();
  const sent = isProduct(route) ? matching(plain(route)) : plain(route);
  const [{ client }] = (await api.client.query("SELECT client FROM idempotency_keys LIMIT 1")).rows;
  await api.client.query("BEGIN");
  try {
    const claim =
      "INSERT INTO idempotency_keys (client, key, fingerprint, status, body) VALUES ($1, $2, '', 0, '')";
    await api.client.query(claim, [client, key]);
    return await well(changed(sent, { "idempotency-key": key }));
  } finally {
    await api.client.query("ROLLBACK");
  }
}

/** A second request with an Idempotency-Key of another one. */
async function reused(route: Route): Promise<Answer> {
  const gone = `i-${unique()}`;
  await make(gone);
  const sent = changed(matching(plain(route)), { "idempotency-key": unique() });
  await well({ ...sent, address: sent.address.replace(/[^/]+$/, gone) });
  return well(sent);
}

/** A client that may send one such request a minute sends three: the minute may just have begun. None is in the cache. */
async function insist(next: () => Sent): Promise<Answer> {
  await send(tasks.limited, next());
  await send(tasks.limited, next());
  return send(tasks.limited, next());
}

const overdue = new Map<string, Promise<Answer>>();

/** Ways to each status; the first that leads there counts. */
const WAYS: Record<string, ((route: Route) => Promise<Answer> | undefined)[]> = {
  200: [succeed],
  201: [
    (route) => {
      const made = `n-${unique()}`;
      const sent = plain(route);
      const body = isProduct(route) ? PRODUCT(made) : { name: made };
      return well(
        withBody(
          changed(sent, { "if-none-match": "*" }, { address: sent.address.replace(/[^/]+$/, made) }),
          body,
        ),
      );
    },
  ],
  204: [succeed],
  301: [
    async (route) => {
      const [before, behind] = [`b-${unique()}`, `a-${unique()}`];
      await make(before);
      await api.call("PATCH", `/v1/products/${before}`, {
        key: true,
        headers: { "if-match": "*" },
        body: { slug: behind },
      });
      return well({ ...plain(route), address: `/v1/products/${before}` });
    },
  ],
  304: [(route) => well(changed(plain(route), { "if-none-match": "*" }))],
  400: [(route) => well({ ...plain(route), address: withQuery(plain(route).address, "x=%E9") })],
  401: [(route) => well(changed(plain(route), { "x-api-key": "a-key-that-is-not-valid" }))],
  403: [
    (route) =>
      well(
        withBody(
          changed(matching(plain(route)), { "x-api-key": PRICES_KEY }),
          route.method === "PATCH"
            ? { name: "Other" }
            : isProduct(route)
              ? { ...PRODUCT(slug), name: "Other" }
              : { name: "Other" },
        ),
      ),
    (route) => well(changed(matching(plain(route)), { "x-api-key": PRICES_KEY }, { body: undefined })),
  ],
  404: [
    (route) => well({ ...plain(route), address: route.path.replace(/\{\w+\}/, `none-${unique()}`) }),
    // Nothing is ever called so, be it asked for by a PUT that would make what is not there.
    (route) => well({ ...plain(route), address: route.path.replace(/\{\w+\}/, "%C2%84") }),
  ],
  408: [({ name }) => overdue.get(name)],
  409: [
    (route) =>
      isProduct(route) && !isBodiless(route)
        ? well(
            withBody(
              matching(plain(route)),
              route.method === "PATCH" ? { slug: other } : { ...PRODUCT(slug), slug: other },
            ),
          )
        : undefined,
    // It has categories below it.
    (route) =>
      isProduct(route) ? undefined : well({ ...plain(route), address: "/v1/categories/electronics" }),
    inFlight,
  ],
  412: [(route) => well(changed(plain(route), { "if-match": '"another"' }))],
  413: [(route) => well(changed(plain(route), { "content-length": "9000000" }, { body: undefined }))],
  414: [
    (route) => well({ ...plain(route), address: withQuery(plain(route).address, `x=${"x".repeat(5_000)}`) }),
  ],
  415: [(route) => well(changed(plain(route), { "content-type": "text/plain" }))],
  417: [(route) => well(changed(plain(route), { expect: "a-miracle" }))],
  422: [
    (route) =>
      isProduct(route) && !isBodiless(route)
        ? well(
            withBody(
              matching(plain(route)),
              route.method === "PATCH"
                ? { categories: ["no-such"] }
                : { ...PRODUCT(slug), categories: ["no-such"] },
            ),
          )
        : undefined,
    (route) =>
      route.path.includes("{category}")
        ? well({
            ...withBody(plain(route), { name: "Books", parent: "no-such" }),
            ...(isBodiless(route) ? { address: "/v1/categories/books?moveTo=books", body: undefined } : {}),
          })
        : undefined,
    (route) =>
      isProduct(route)
        ? undefined
        : well(
            withBody(
              { ...plain(route), address: `${plain(route).address}?atomic=true` },
              { rows: [{ sku: "no-such-sku" }] },
            ),
          ),
    reused,
  ],
  428: [(route) => well(plain(route))],
  429: [
    (route) => insist(() => changed(plain(route), { "x-api-key": "a-key-that-is-not-valid" })),
    (route) => insist(() => ({ ...plain(route), address: withQuery(route.path, `q=${unique()}`) })),
  ],
  431: [(route) => well(changed(plain(route), { "x-large": "x".repeat(20_000) }))],
  500: [
    (route) =>
      send(tasks.broken, route.needsKey && route.method !== "GET" ? matching(plain(route)) : plain(route)),
  ],
  501: [
    (route) => well(changed(plain(route), { "transfer-encoding": "gzip, chunked" }, { body: undefined })),
  ],
  503: [(route) => send(tasks.starting, matching(plain(route))), (route) => send(tasks.busy, plain(route))],
  505: [(route) => well({ ...plain(route), version: "2.0" })],
};

/** Nothing of these can fail, and the document says of every operation that it may. */
const NEVER = new Set(["getProblem 500"]);

/** An answer of each status of each operation. */
const met: { route: Route; answer: Answer }[] = [];

test("each status that the document has can be met, at each operation, and is answered as the document says", async () => {
  const lacking: string[] = [];
  const routes = routesOf((await api.get("/openapi.json")).json);
  // They wait together.
  for (const route of routes)
    overdue.set(route.name, send(tasks.hasty, { ...plain(route), isUnfinished: true }));
  const document = (await api.get("/openapi.json")).json;
  for (const route of routes) {
    const { responses } = document.paths[route.path]![route.method.toLowerCase()]!;
    for (const status of Object.keys(responses)) {
      if (NEVER.has(`${route.name} ${status}`)) continue;
      const got: string[] = [];
      let answer: Answer | undefined;
      for (const way of WAYS[status] ?? []) {
        answer = await way(route);
        if (String(answer?.status) === status) break;
        if (answer) got.push(`${answer.status} ${answer.json?.detail ?? ""}`);
      }
      if (String(answer?.status) === status) met.push({ route, answer: answer! });
      else lacking.push(`${route.method} ${route.path} ${status}: ${got.join("; ")}`);
    }
  }
  // The other way round: what each operation with an Idempotency-Key can be answered with, the document has.
  for (const route of routes.filter(({ method }) => method !== "GET"))
    assert.equal((await inFlight(route)).status, 409, route.name);
  assert.deepEqual(lacking, []);
  assert.ok(met.length > 280, `${met.length} statuses`);
});

test("each status and each header field that the document lacks is found, and each that only it has", async () => {
  const document = (await api.get("/openapi.json")).json;
  const checkBy = documentChecker(document);
  /** That an answer is found wrong by a document with another value there, or none. */
  const assertFound = (object: Record<string, unknown>, name: string, value: unknown, find: () => void) => {
    const { [name]: before } = object;
    if (value === undefined) delete object[name];
    else object[name] = value;
    assert.throws(find, /the document|no X-New/, name);
    object[name] = before;
  };
  document.components.headers.XNew = { required: true };
  let fields = 0;
  for (const { route, answer } of met) {
    const { responses } = document.paths[route.path]![route.method.toLowerCase()]!;
    const { headers } = responses[answer.status];
    const find = () => checkBy(route.method, route.path, answer);
    find();
    assertFound(responses, String(answer.status), undefined, find);
    for (const name of Object.keys(headers).filter((each) => each.toLowerCase() in answer.headers)) {
      assertFound(headers, name, undefined, find);
      fields++;
    }
    assertFound(headers, "X-New", { $ref: "#/components/headers/XNew" }, find);
    delete headers["X-New"];
  }
  assert.ok(fields > 700, `${fields} header fields`);
});

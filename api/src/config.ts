import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { SCOPES, type Scope } from "./writes/scope.ts";

/** Everything that can be set, read once from the environment. `api/README.md` lists the variables with their defaults. */
export interface Config {
  service: { name: string; version: string };
  http: {
    host: string;
    port: number;
    /** Address ranges of the balancer; empty: nobody's X-Forwarded-For is believed. */
    trustProxy: string[];
    /** Proxies between the client and this process: 2 with a CDN before the balancer, 1 without. */
    trustProxyHops: number;
  };
  /** Whether /docs shows the reference; the document at /openapi.json is there in any case. */
  reference: boolean;
  log: { level: string };
  database: DatabaseConfig;
  /** Keys that may write; several at once, so that one can be rotated while another works. None: writes are refused. */
  keys: WriteKey[];
  /** Origins whose pages may read answers (CORS); `*` is all of them. */
  corsOrigins: string[];
  /** The currency that every variant has a price in, and that lists are sorted by; undefined: what the catalogue has. */
  listCurrency: string | undefined;
  cache: { maxBytes: number; ttlMs: number; maxAgeSeconds: number; sharedMaxAgeSeconds: number };
  /** Share of the last second that the event loop was busy above which requests that miss the cache are shed; 0: never. */
  maxEventLoopUtilization: number;
  /** Requests a minute that one client may send of what is costly; 0: no limit. */
  rateLimitPerMinute: number;
  drain: { idleMs: number; maxMs: number };
  metricsIntervalMs: number;
}

export interface WriteKey {
  /** Who writes with it, in the changes feed and in the log. */
  name: string;
  scope: Scope;
  secret: string;
}

export interface DatabaseConfig {
  host: string;
  readerHost: string | undefined;
  port: number;
  name: string;
  user: string;
  password: string | undefined;
  passwordFile: string | undefined;
  ssl: "verify" | "require" | "disable";
  /** Who applies the migrations: this process when it starts, or somebody before it, for whom it waits. */
  schema: "migrate" | "wait";
  /** Connections of this process to the database, all kinds together; see `connectionPlan`. */
  poolMax: number;
  statementTimeoutMs: number;
  lockTimeoutMs: number;
}

/** One or more variables have a value that cannot be used. The message has one line for each. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const SECRET = /^[\x21-\x7e]{16,256}$/;

const NAMED = new RegExp(`^([a-z0-9][a-z0-9-]{0,62}):(${SCOPES.join("|")}):(.*)$`);
const KEY_RULE = `each a key of 16 to 256 printable characters, or NAME:SCOPE: and such a key, with a name of lower-case letters, digits and hyphens and a scope of ${SCOPES.join(", ")}`;

/** `erp:prices:9f86d081884c7d65`, or the key alone, which may do everything. */
function toWriteKey(entry: string): WriteKey | undefined {
  const [, name = "api-key", scope = "all", secret = entry] = NAMED.exec(entry) ?? [];
  return SECRET.test(secret) ? { name, scope: scope as Scope, secret } : undefined;
}

/** As browsers write it: scheme, host and port, and no path. */
const isOrigin = (text: string): boolean =>
  text === "*" || (/^https?:\/\/[^*]+$/.test(text) && URL.canParse(text) && new URL(text).origin === text);

type Environment = Record<string, string | undefined>;

/** @throws {ConfigError} naming every variable that is wrong, and what it may be. */
export function readConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const read = reader(env, problems);
  const config: Config = {
    service: {
      name: read.text("SERVICE_NAME", "catalog-api"),
      version: read.text("SERVICE_VERSION", packageVersion()),
    },
    http: {
      host: read.text("HOST", "0.0.0.0"),
      port: read.integer("PORT", 3000, 0, 65_535),
      trustProxy: read.list("TRUST_PROXY", isAddressRange, "addresses or CIDR ranges, such as 10.0.0.0/24"),
      trustProxyHops: read.integer("TRUST_PROXY_HOPS", 2, 1, 5),
    },
    reference: read.choice("API_REFERENCE", "on", ["on", "off"]) === "on",
    log: {
      level: read.choice("LOG_LEVEL", "info", ["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
    },
    database: {
      host: read.text("DB_HOST", "127.0.0.1"),
      readerHost: read.text("DB_READER_HOST", "") || undefined,
      port: read.integer("DB_PORT", 5432, 1, 65_535),
      name: read.text("DB_NAME", "catalog"),
      user: read.text("DB_USER", "catalog"),
      password: env.DB_PASSWORD || undefined,
      passwordFile: read.text("DB_PASSWORD_FILE", "") || undefined,
      ssl: read.choice("DB_SSL", "verify", ["verify", "require", "disable"]),
      schema: read.choice("DB_SCHEMA", "migrate", ["migrate", "wait"]),
      poolMax: read.integer("DB_POOL_MAX", 10, 6, 100),
      statementTimeoutMs: read.integer("DB_STATEMENT_TIMEOUT_MS", 5_000, 100, 60_000),
      lockTimeoutMs: read.integer("DB_LOCK_TIMEOUT_MS", 2_000, 100, 60_000),
    },
    keys: ["API_KEYS", "API_KEYS_BEFORE"].flatMap((name) =>
      read
        .list(name, (entry) => toWriteKey(entry) !== undefined, KEY_RULE)
        .flatMap((entry) => toWriteKey(entry) ?? []),
    ),
    corsOrigins: read.list(
      "CORS_ORIGINS",
      isOrigin,
      "each an origin such as https://shop.example.com, without a path, or * for all",
    ),
    listCurrency: read.pattern("LIST_CURRENCY", /^[A-Z]{3}$/, "an ISO 4217 code, such as EUR"),
    cache: {
      maxBytes: read.integer("CACHE_MAX_MIB", 64, 0, 1_024) * 1_048_576,
      ttlMs: read.integer("CACHE_TTL_SECONDS", 30, 1, 3_600) * 1_000,
      maxAgeSeconds: read.integer("CACHE_CONTROL_MAX_AGE", 10, 0, 3_600),
      sharedMaxAgeSeconds: read.integer("CACHE_CONTROL_S_MAXAGE", 30, 0, 3_600),
    },
    maxEventLoopUtilization: read.decimal("MAX_EVENT_LOOP_UTILIZATION", 0.98, 0, 1),
    rateLimitPerMinute: read.integer("RATE_LIMIT_PER_MINUTE", 600, 0, 1_000_000),
    drain: {
      idleMs: read.decimal("DRAIN_IDLE_SECONDS", 10, 0, 120) * 1_000,
      maxMs: read.decimal("DRAIN_MAX_SECONDS", 100, 0, 120) * 1_000,
    },
    metricsIntervalMs: read.integer("METRICS_INTERVAL_SECONDS", 60, 0, 3_600) * 1_000,
  };
  if (problems.length > 0) throw new ConfigError(problems.join("\n"));
  return config;
}

function reader(env: Environment, problems: string[]) {
  const given = (name: string) => env[name]?.trim() || undefined;
  const number = (name: string, fallback: number, min: number, max: number, whole: boolean): number => {
    const text = given(name);
    if (text === undefined) return fallback;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    problems.push(`${name}=${text}: must be a${whole ? " whole" : ""} number from ${min} to ${max}`);
    return fallback;
  };
  return {
    text: (name: string, fallback: string): string => given(name) ?? fallback,
    integer: (name: string, fallback: number, min: number, max: number) =>
      number(name, fallback, min, max, true),
    decimal: (name: string, fallback: number, min: number, max: number) =>
      number(name, fallback, min, max, false),
    choice<const T extends string>(name: string, fallback: NoInfer<T>, choices: readonly T[]): T {
      const text = given(name);
      if (text === undefined) return fallback;
      if ((choices as readonly string[]).includes(text)) return text as T;
      problems.push(`${name}=${text}: must be one of ${choices.join(", ")}`);
      return fallback;
    },
    pattern(name: string, form: RegExp, rule: string): string | undefined {
      const text = given(name);
      if (text === undefined || form.test(text)) return text;
      problems.push(`${name}=${text}: must be ${rule}`);
      return undefined;
    },
    /** Values are not repeated in the message: they may be secrets. */
    list(name: string, valid: (item: string) => boolean, rule: string): string[] {
      const items = (given(name) ?? "").split(",").map((item) => item.trim());
      const present = items.filter((item) => item !== "");
      const bad = present.findIndex((item) => !valid(item));
      if (bad >= 0)
        problems.push(`${name}: item ${bad + 1} is not valid; items are separated by commas, ${rule}`);
      return present;
    },
  };
}

function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

export function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}

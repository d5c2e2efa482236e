import { randomUUID } from "node:crypto";
import { BlockList, isIP } from "node:net";
import fastify, { type FastifyInstance, LogController } from "fastify";
import type { Config } from "./config.ts";
import { HEADER_BYTES, refuseUndecodable } from "./http/address.ts";
import { BODY_BYTES } from "./http/body.ts";
import { onClientError } from "./http/exchanges.ts";
import auth from "./plugins/auth.ts";
import bodies from "./plugins/bodies.ts";
import cache from "./plugins/cache.ts";
import cors, { crossOriginOf } from "./plugins/cors.ts";
import db from "./plugins/db.ts";
import errors, { onFrameworkError } from "./plugins/errors.ts";
import lifecycle from "./plugins/lifecycle.ts";
import messages from "./plugins/messages.ts";
import openapi from "./plugins/openapi.ts";
import shedding from "./plugins/shedding.ts";
import telemetry from "./plugins/telemetry.ts";
import { validatorCompiler } from "./plugins/validation.ts";
import { bulk } from "./routes/bulk.ts";
import { categories } from "./routes/categories.ts";
import { integration } from "./routes/integration.ts";
import { reads } from "./routes/reads.ts";
import { records } from "./routes/records.ts";
import { service } from "./routes/service.ts";
import { writes } from "./routes/writes.ts";

export interface AppOptions {
  /** The database's schema does not fit this version. @default throws */
  onFatal?: (error: Error) => void;
  /** How long a whole request may take to arrive, its body included (RFC 9110, section 15.5.9). @default 30 seconds */
  requestMs?: number;
}

const REQUEST_MS = 30_000;

/** The application, with nothing started but the connections to the database. The order of the plugins is that of their hooks. */
export async function buildApp(config: Config, options: AppOptions = {}): Promise<FastifyInstance> {
  const { requestMs: requestTimeout = REQUEST_MS } = options;
  const crossOrigin = crossOriginOf(config.corsOrigins);
  const app: FastifyInstance = fastify({
    logger: loggerOptions(config),
    // A logger of its own for each request costs a fifth of a cached answer's CPU time; what is logged of a request names its
    // id instead.
    childLoggerFactory: (logger) => logger,
    // What is worth a line is logged by the telemetry plugin.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy: trustedProxies(config.http),
    bodyLimit: BODY_BYTES,
    // Above the balancer's idle time-out of 60 s: it must be the one that closes, or it sends on a closed connection.
    keepAliveTimeout: 72_000,
    // Node takes both times when it makes the server only, and looks at open requests so often.
    requestTimeout,
    http: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: HEADER_BYTES,
      // plugins/messages.ts says what is wrong.
      requireHostHeader: false,
      // Of two values, none is silently preferred.
      joinDuplicateHeaders: true,
    },
    // While draining, requests are answered as ever; afterwards none comes.
    return503OnClosing: false,
    forceCloseConnections: "idle",
    // The schemas bound what stands in an address, as they count; the router would count halves of characters.
    routerOptions: { maxParamLength: HEADER_BYTES },
    frameworkErrors: onFrameworkError(crossOrigin),
    clientErrorHandler: onClientError(crossOrigin),
  });
  app.setValidatorCompiler(validatorCompiler());
  // Answers are serialised by hand; the response schemas describe them, and the tests check them.
  app.setSerializerCompiler(() => JSON.stringify);

  await app.register(errors);
  if (config.corsOrigins.length > 0) await app.register(cors, { crossOrigin });
  await app.register(messages);
  await app.register(lifecycle, { drain: config.drain });
  await app.register(cache, { config: config.cache });
  // What is in the cache has passed this.
  app.addHook("onRequest", async ({ raw }) => refuseUndecodable(raw.url!));
  await app.register(db, { config, onFatal: options.onFatal ?? throwError });
  await app.register(telemetry, { config });
  await app.register(shedding, { config });
  await app.register(auth, { keys: config.keys });
  await app.register(bodies);
  await app.register(openapi, { reference: config.reference });
  await app.register(service, config.service);
  await app.register(reads);
  await app.register(records);
  await app.register(writes);
  await app.register(bulk);
  await app.register(categories);
  await app.register(integration);
  return app;
}

function throwError(error: Error): never {
  throw error;
}

/** Taken over when it is one, so that a request can be followed over several services; made otherwise. */
function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.:=-]{1,100}$/.test(given) ? given : randomUUID();
}

/**
 * Who the client is, when the request came over proxies. The first one must be the balancer; the next is the CDN, which alone
 * can reach the balancer. A plain number of hops could be spoofed by whoever reaches this port directly.
 */
function trustedProxies({
  trustProxy,
  trustProxyHops,
}: Config["http"]): false | ((address: string, hop: number) => boolean) {
  if (trustProxy.length === 0) return false;
  const balancer = new BlockList();
  for (const range of trustProxy) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    balancer.addSubnet(address, Number(bits ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return (address, hop) => {
    if (hop >= trustProxyHops) return false;
    return hop > 0 || balancer.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  };
}

function loggerOptions({ log, service }: Config) {
  return {
    level: log.level,
    base: { service: service.name, version: service.version },
    messageKey: "message",
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    // Nothing logs headers today; whoever does tomorrow must not log a key with them.
    redact: ["*.headers.authorization", "*.headers['x-api-key']", "*.headers.cookie", "*.password", "*.keys"],
  };
}

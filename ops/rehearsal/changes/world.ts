/**
 * What an environment consists of at every moment of an apply, told from the order of its AWS calls, and what customers
 * need of it at each of those moments.
 */
import { type ApiResponse, type Call, isOk, json, parameters } from "../call.ts";
import { Network, type OriginPath } from "./network.ts";
import { Tasks } from "./tasks.ts";

/** Calls that take away what holds data, or what serves customers and takes minutes to come back. */
const TAKING: Readonly<Record<string, RegExp>> = {
  rds: /^Delete(DBCluster|DBInstance)$/,
  s3: /^DELETE \/[^/]+$/,
  logs: /^DeleteLogGroup$/,
  ec2: /^Delete(Vpc|Subnet|NatGateway)$/,
  elasticloadbalancing: /^DeleteLoadBalancer$/,
  ecs: /^Delete(Service|Cluster)$/,
  cloudfront: /^DELETE \/[^/]+\/distribution\/[^/]+$/,
};

export interface WorldOptions {
  /** Host names of origins, and the certificate that is for each. */
  readonly certificates: Readonly<Record<string, string>>;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** One environment. Feed it every call since the environment was made. */
export class World {
  /** What did not hold, at which call. */
  readonly violations: string[] = [];
  /** Bounds of the first service's scaling, as they are now. */
  bounds: Bounds | undefined;
  readonly #network: Network;
  readonly #tasks = new Tasks();
  #restarted = new Set<string>();
  #allowed: RegExp = /^$/;

  constructor(options: WorldOptions) {
    this.#network = new Network(options);
  }

  /**
   * A new apply begins.
   *
   * @param allowed operations that take something away, and shall
   */
  begin(allowed: RegExp = /^$/): void {
    this.violations.length = 0;
    this.#restarted = new Set();
    this.#allowed = allowed;
  }

  observe(call: Call, answer: ApiResponse): void {
    if (!isOk(answer)) return;
    this.#network.observe(call, answer);
    this.#tasks.observe(call, answer);
    const broken = [
      ...this.#network.broken(),
      ...this.#tasks.broken(),
      ...this.#restarts(call),
      ...this.#taken(call),
    ];
    this.#scaling(call);
    for (const what of broken) {
      const violation = `${call.service} ${call.operation}: ${what}`;
      if (!this.violations.some((known) => known.endsWith(what))) this.violations.push(violation);
    }
  }

  /** By which way the edge reaches the load balancer now. */
  get way(): OriginPath | undefined {
    return this.#network.present;
  }

  #restarts(call: Call): string[] {
    if (call.service !== "rds" || call.operation !== "ModifyDBInstance") return [];
    const sent = parameters(call);
    if (!sent.has("DBInstanceClass")) return [];
    this.#restarted.add(sent.get("DBInstanceIdentifier") ?? "");
    return this.#restarted.size > 1
      ? [`${[...this.#restarted].join(" and ")} restart in one apply: no member is left to take over`]
      : [];
  }

  #taken(call: Call): string[] {
    const taking = TAKING[call.service]?.test(call.operation) && !this.#allowed.test(call.operation);
    return taking ? ["takes away what holds data or serves customers"] : [];
  }

  #scaling(call: Call): void {
    if (call.service !== "application-autoscaling" || call.operation !== "RegisterScalableTarget") return;
    const { MinCapacity, MaxCapacity, ResourceId } = json<Record<string, never>>(call);
    if (/-fallback-/.test(String(ResourceId))) return;
    this.bounds = {
      min: Number(MinCapacity ?? this.bounds?.min),
      max: Number(MaxCapacity ?? this.bounds?.max),
    };
  }
}

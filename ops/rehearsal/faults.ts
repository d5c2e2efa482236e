/** Faults that the gateway injects: those that AWS itself answers with, and connections that break. */
import type { ApiResponse, Call } from "./call.ts";

export type FaultKind = "throttle" | "server-error" | "drop" | "lose-answer";

export interface Fault {
  readonly kind: FaultKind | "refuse";
  /** Absent where the connection breaks: before the call was carried out (`drop`), or after (`lose-answer`). */
  readonly answer?: ApiResponse;
}

export interface Faults {
  /** The fault that this call shall meet, if any. */
  next(call: Call): Fault | undefined;
}

export interface RandomFaultsOptions {
  /** Share of calls that meet a fault, 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
  /** The same seed gives the same sequence of decisions. @default 1 */
  readonly seed?: number;
  /**
   * How often in a row the same operation may fail. Below the client's number of attempts, every call gets through in
   * the end; above it, applies fail.
   * @default 2
   */
  readonly inARow?: number;
}

/** Faults by chance, reproducible by seed. */
export class RandomFaults implements Faults {
  readonly injected = new Map<FaultKind, number>();
  readonly #options: RandomFaultsOptions;
  readonly #consecutive = new Map<string, number>();
  readonly #random: () => number;

  constructor(options: RandomFaultsOptions) {
    this.#options = options;
    this.#random = random(options.seed ?? 1);
  }

  next(call: Call): Fault | undefined {
    const { rate, kinds, inARow = 2 } = this.#options;
    const key = `${call.service} ${call.operation}`;
    const soFar = this.#consecutive.get(key) ?? 0;
    if (soFar >= inARow || this.#random() >= rate) {
      this.#consecutive.delete(key);
      return undefined;
    }
    this.#consecutive.set(key, soFar + 1);
    const kind = kinds[Math.floor(this.#random() * kinds.length)]!;
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
    return faultFor(kind, call);
  }

  get total(): number {
    return [...this.injected.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** Numbers from 0 to below 1, by a linear congruential generator (Numerical Recipes' constants): enough for dice, and reproducible. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * An outage of the region from the first call of an operation on: what is under way is carried out but never answered,
 * which is how resources come to exist that no state knows; everything after it fails. The state's own backend is
 * spared, as it would be in another region.
 */
export class Outage implements Faults {
  readonly #from: string;
  readonly #unanswered = new Set<string>();
  #begun = false;

  /** @param from the operation whose first call begins the outage */
  constructor(from: string) {
    this.#from = from;
  }

  /** Operations that were carried out without an answer. */
  get unanswered(): readonly string[] {
    return [...this.#unanswered];
  }

  next(call: Call): Fault | undefined {
    if (call.operation === this.#from) this.#begun = true;
    if (!this.#begun || call.service === "s3" || call.service === "dynamodb") return undefined;
    if (!/^(Create|Run|Allocate)/.test(call.operation) || this.#unanswered.has(call.operation)) {
      return faultFor("server-error", call);
    }
    this.#unanswered.add(call.operation);
    return faultFor("lose-answer", call);
  }
}

/** Faults that can be changed, or switched off, while the gateway runs. */
export class SwitchableFaults implements Faults {
  current: Faults | undefined;

  next(call: Call): Fault | undefined {
    return this.current?.next(call);
  }
}

function faultFor(kind: FaultKind, call: Call): Fault {
  if (kind === "throttle") return { kind, answer: throttled(call) };
  if (kind === "server-error")
    return { kind, answer: errorResponse(call, 500, "InternalFailure", "Injected by the rehearsal") };
  return { kind };
}

/** Throttling as each service words it: the SDK retries on the code, not on the status. */
function throttled(call: Call): ApiResponse {
  const message = "Rate exceeded (injected by the rehearsal)";
  if (call.service === "ec2") return errorResponse(call, 503, "RequestLimitExceeded", message);
  if (call.service === "s3") return errorResponse(call, 503, "SlowDown", message);
  return errorResponse(
    call,
    400,
    call.headers["x-amz-target"] ? "ThrottlingException" : "Throttling",
    message,
  );
}

/** An error in the protocol of the call: awsJson by its target header, else one of the three XML forms. */
function errorResponse(call: Call, status: number, code: string, message: string): ApiResponse {
  if (call.headers["x-amz-target"]) {
    const body = JSON.stringify({ __type: code, message });
    return { status, headers: { "content-type": "application/x-amz-json-1.1" }, body: Buffer.from(body) };
  }
  const error = `<Code>${code}</Code><Message>${message}</Message>`;
  const body =
    call.service === "ec2"
      ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>injected</RequestID></Response>`
      : call.service === "s3"
        ? `<Error>${error}<RequestId>injected</RequestId></Error>`
        : `<ErrorResponse><Error><Type>Receiver</Type>${error}</Error><RequestId>injected</RequestId></ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml" }, body: Buffer.from(body) };
}

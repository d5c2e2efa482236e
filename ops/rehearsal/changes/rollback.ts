/** A deployment whose tasks do not get healthy: ECS puts the service back on the revision before, and calls it stable. */
import { type Call, json } from "../call.ts";

/** Answers, while it is switched on, as ECS does after its circuit breaker has rolled a deployment back. */
export class RollingBack {
  active = false;
  readonly #revisions = new Map<string, string>();

  /** The call as ECS ends up carrying it out. */
  rewrite(call: Call): Call {
    if (call.service !== "ecs" || !/^(Create|Update)Service$/.test(call.operation)) return call;
    const sent = json<{ service?: string; serviceName?: string; taskDefinition?: string }>(call);
    const name = (sent.serviceName ?? sent.service ?? "").split("/").at(-1)!;
    const before = this.#revisions.get(name);
    if (this.active && before)
      return { ...call, body: Buffer.from(JSON.stringify({ ...sent, taskDefinition: before })) };
    if (sent.taskDefinition) this.#revisions.set(name, sent.taskDefinition);
    return call;
  }
}

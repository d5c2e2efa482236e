/** Once a second: what the tasks use of this machine, for the scaler, and the figures of the second, for all. */
import pidusage from "pidusage";
import type { Measurement } from "./alarms/measurement.ts";
import type { Parts } from "./parts.ts";

const EVERY_MS = 1000;

export class Sampler {
  readonly #parts: Parts;
  readonly #measurement: Measurement;
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  constructor(parts: Parts, measurement: Measurement) {
    this.#parts = parts;
    this.#measurement = measurement;
    this.#timer = setInterval(() => this.#sample().catch(() => {}), EVERY_MS);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    pidusage.clear();
  }

  async #sample(): Promise<void> {
    const { fleet, scaler, meter, log, balancer, clock } = this.#parts;
    const { running } = fleet;
    await Promise.all(
      running.map(async (task) => {
        const usage = task.pid === undefined ? undefined : await pidusage(task.pid).catch(() => undefined);
        if (!usage) return; // it ended in between
        task.cpuPercent = usage.cpu / this.#parts.taskCpus;
        task.memory = usage.memory;
      }),
    );
    await this.#parts.databaseLoad.sample();
    if (this.#closed) return;
    // A real task gets no more CPU than it has reserved, which a process here may for a moment.
    const cpuPercents = fleet.all.map(({ running }) =>
      mean(running.map(({ cpuPercent }) => Math.min(100, cpuPercent))),
    );
    const [cpuPercent] = cpuPercents;
    scaler.sample(cpuPercent);
    this.#measurement.second(cpuPercents, this.#parts.databaseLoad.percent);
    const healthy = balancer.targetGroup.targets.filter(({ health }) => health === "healthy").length;
    log.emitter.emit(
      "point",
      meter.finishSecond({
        cpuPercent,
        running: running.length,
        healthy,
        desired: fleet.desired,
        speed: clock.speed,
      }),
    );
  }
}

const mean = (shares: readonly number[]) =>
  shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0) / shares.length;

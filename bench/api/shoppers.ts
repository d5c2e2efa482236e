import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../api/dev/catalogue/random.ts";
import { filteredList, productById, searches } from "./requests.ts";

/** Each at an address of its own. */
const SHOPPERS = 40;
const SEED = 1;

/** What they saw. Milliseconds, from when a request was due. */
export interface Seen {
  requests: number;
  p50: number;
  p99: number;
  /** Answers other than 200. */
  refused: number;
}

/** Customers of a shop, who ask at an even rate: half of them for products, and for lists and searches alike. */
export class Shoppers {
  readonly #url: string;
  readonly #rate: number;
  readonly #next: () => string;

  /** @param rate requests a second, of all together */
  constructor(url: string, products: number, rate: number) {
    this.#url = url;
    this.#rate = rate;
    const random = new Random(SEED, 3);
    const asked = [productById(products), filteredList(), searches(products)];
    this.#next = () => random.pick(asked[[0, 0, 1, 2][random.integer(0, 3)]!]!).path;
  }

  /** They ask until something has happened, and wait for the last answer. */
  async until(happened: Promise<unknown>): Promise<Seen> {
    const agent = new Agent({ keepAlive: true });
    let over = false;
    const end = () => {
      over = true;
    };
    happened.then(end, end);
    const times: number[] = [];
    let refused = 0;
    const sent: Promise<void>[] = [];
    for (let number = 0, due = performance.now(); !over; number++, due += 1_000 / this.#rate) {
      await sleep(Math.max(0, due - performance.now()));
      const from = due;
      sent.push(
        send(this.#url + this.#next(), `203.0.113.${number % SHOPPERS}`, agent).then((status) => {
          times.push(performance.now() - from);
          if (status !== 200) refused++;
        }),
      );
    }
    await Promise.all(sent);
    agent.destroy();
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))]!;
    return { requests: times.length, p50: at(0.5), p99: at(0.99), refused };
  }
}

/** Sends as the balancer does, which says whom it has it from. @returns the status */
export function send(url: string, address: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { "x-forwarded-for": address } }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode!));
    }).on("error", reject);
  });
}

/** What a task must be told to believe it. */
export const BEHIND_BALANCER = { TRUST_PROXY: "127.0.0.0/8", TRUST_PROXY_HOPS: "1" };

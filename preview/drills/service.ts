/** Where drills are carried out: in this process, or inside a preview that runs already. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { UserError } from "../../cli/user-error.ts";
import { controlRoutes, type RunFile } from "../contract/index.ts";
import type { DrillResult, DrillState } from "./report/result.ts";

export interface DrillService {
  start(name: string): Promise<void>;
  cancel(): Promise<void>;
  state(): DrillState | Promise<DrillState>;
  result(name: string): DrillResult | undefined | Promise<DrillResult | undefined>;
}

/** A preview in another process, spoken to over its control server. */
export class RemoteDrills implements DrillService {
  readonly controlUrl: string;
  readonly #token: string;

  private constructor(controlUrl: string, token: string) {
    this.controlUrl = controlUrl;
    this.#token = token;
  }

  /** The preview that runs on this state folder, if any. */
  static async find(stateFolder: string): Promise<RemoteDrills | undefined> {
    try {
      const run = JSON.parse(await readFile(join(stateFolder, "run.json"), "utf8")) as RunFile;
      const { body } = await request(run.controlUrl);
      const token = /<meta name="preview-token" content="([^"]+)"/.exec(await body.text())?.[1];
      return token === undefined ? undefined : new RemoteDrills(run.controlUrl, token);
    } catch {
      return undefined; // none, or one that was killed and could not remove its file
    }
  }

  async start(name: string): Promise<void> {
    await this.#call("POST", name);
  }

  async cancel(): Promise<void> {
    const { running } = await this.state();
    if (running) await this.#call("DELETE", running.name);
    while ((await this.state()).running) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  async state(): Promise<DrillState> {
    return (await this.#call("GET", "")) as DrillState;
  }

  async result(name: string): Promise<DrillResult> {
    return (await this.#call("GET", name)) as DrillResult;
  }

  async #call(method: "GET" | "POST" | "DELETE", name: string): Promise<unknown> {
    const { statusCode, body } = await request(this.controlUrl + controlRoutes.drill + name, {
      method,
      headers: { "x-preview-token": this.#token },
    });
    const answer = await body.json();
    if (statusCode >= 400) throw new UserError((answer as { error: string }).error);
    return answer;
  }
}

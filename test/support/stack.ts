import { App } from "cdktn";
import type { Settings } from "../../lib/settings.ts";
import { TapStack } from "../../lib/tap-stack.ts";
import type { JsonObject } from "../../local/terraform-json/index.ts";

/** The stack as `catalog synth` writes it, without a process and without files: a tenth of the time. */
export function stackOf(settings: Settings): JsonObject {
  const stack = new TapStack(new App({ stackTraces: false }), "TapStack", settings);
  stack.prepareStack();
  return JSON.parse(JSON.stringify(stack.toTerraform()));
}

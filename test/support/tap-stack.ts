import { Testing } from "cdktn";
import { readSettings } from "../../lib/settings.ts";
import { TapStack } from "../../lib/tap-stack.ts";
import { Template } from "./template.ts";

/** The stack as these settings make it. */
export function tapStack(environment: Record<string, string> = {}): Template {
  const stack = new TapStack(
    Testing.app(),
    "TapStack",
    readSettings({ ENVIRONMENT_SUFFIX: "test", ...environment }),
  );
  return new Template(JSON.parse(Testing.synth(stack, true)));
}

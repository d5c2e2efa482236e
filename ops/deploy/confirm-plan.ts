import { say } from "../../cli/output.ts";
import { confirm } from "../environment/session.ts";
import type { DeployOptions } from "./deploy.ts";
import { effectsInWords, effectsOf } from "./effects.ts";
import { summary } from "./summary.ts";

export interface ConfirmPlanOptions {
  /** Ends with what is to be typed: yes. */
  readonly question: string;
  /** Says what the plan does, and does not ask. */
  readonly yes: boolean | undefined;
  readonly signal: AbortSignal;
}

/** Says in words what a plan does, and asks whether it shall, unless it changes nothing. */
export function confirmPlan({ question, yes, signal }: ConfirmPlanOptions): DeployOptions["confirm"] {
  return async (planned) => {
    const { changes } = planned;
    say(summary(changes, effectsInWords(effectsOf(planned), changes)));
    if (!yes && changes.length > 0) await confirm(question, "yes", "--yes", signal);
  };
}

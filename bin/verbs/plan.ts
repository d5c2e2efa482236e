import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("plan", {
  1: "refused by a setting, the audit or AWS; one line says why",
  2: "done, and there are changes",
})
  .description(
    "Says in words what a deployment would do: synthesises, asks the preflight, plans with Terraform, audits the plan, and deletes it. Changes " +
      "nothing in AWS.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .addOption(jsonOption)
  .action(async ({ json, ...options }) => {
    const { openSession } = await import("../../ops/environment/session.ts");
    const { makePlan } = await import("../../ops/deploy/plan.ts");
    const { effectsInWords, effectsOf } = await import("../../ops/deploy/effects.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { demandPreflight } = await import("../../ops/preflight/preflight.ts");
    const session = openSession(environmentOf(options), interruption());
    session.before = (stack) => demandPreflight(session, stack);
    try {
      const planned = await makePlan(session);
      const { changes } = planned;
      const effects = effectsOf(planned);
      printResult({ suffix: session.settings.suffix, changes, effects }, json, () =>
        summary(changes, effectsInWords(effects, changes)),
      );
      if (changes.length > 0) process.exitCode = 2;
    } finally {
      await session.workspace.discardPlan();
    }
  });

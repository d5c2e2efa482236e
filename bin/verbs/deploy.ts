import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("deploy", {
  0: "deployed, and every verification holds",
  1: "refused, not confirmed, failed (why, in ECS's words where tasks are the reason), or a verification does not hold",
})
  .description(
    "Deploys an environment: synthesises, asks the preflight, plans, audits the plan, says in words what changes, asks, applies with what ECS says " +
      "beside it, and verifies what customers will meet. What an interrupted run left is taken over by the next.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--yes", "do not ask")
  .option("--json", "print the result as JSON")
  .action(async ({ yes, json, ...options }) => {
    const { confirm, openSession } = await import("../../ops/environment/session.ts");
    const { deploy } = await import("../../ops/deploy/index.ts");
    const { report } = await import("../../ops/deploy/report.ts");
    const { effectsInWords, effectsOf } = await import("../../ops/deploy/effects.ts");
    const { summary } = await import("../../ops/deploy/summary.ts");
    const { demandPreflight } = await import("../../ops/preflight/index.ts");
    const session = openSession(
      environmentOf(options),
      interruption(() => process.exit(130)),
    );
    session.before = (stack) => demandPreflight(session, stack);
    const deployed = await deploy(session, {
      confirm: async (planned) => {
        const { changes } = planned;
        session.say(summary(changes, effectsInWords(effectsOf(planned), changes)));
        if (!yes && changes.length > 0)
          await confirm(
            `Deploy this to '${session.settings.suffix}'? Type yes:`,
            "yes",
            "--yes",
            session.signal,
          );
      },
    });
    console.log(json ? JSON.stringify(deployed) : report(deployed));
    if (deployed.verification.some(({ holds }) => !holds)) process.exitCode = 1;
  });

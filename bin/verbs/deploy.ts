import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption } from "../../cli/output.ts";
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
  .addOption(jsonOption)
  .action(async ({ yes, json, ...options }) => {
    const { confirmPlan } = await import("../../ops/deploy/confirm-plan.ts");
    const { openSession } = await import("../../ops/environment/session.ts");
    const { deploy } = await import("../../ops/deploy/deploy.ts");
    const { printDeployed } = await import("../../ops/deploy/report.ts");
    const { demandPreflight } = await import("../../ops/preflight/preflight.ts");
    const session = openSession(environmentOf(options), interruption());
    session.before = (stack) => demandPreflight(session, stack);
    const deployed = await deploy(session, {
      confirm: confirmPlan({
        question: `Deploy this to '${session.settings.suffix}'? Type yes:`,
        ...{ yes, signal: session.signal },
      }),
    });
    printDeployed(deployed, json);
  });

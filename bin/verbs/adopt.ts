import { join } from "node:path";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { UserError } from "../../cli/user-error.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("adopt", {
  1: "failed, or something exists twice or in a VPC that is not the state's: nothing was written, and somebody has to choose",
})
  .description(
    "For after an apply that was killed (not merely interrupted) or cut off from AWS: plans, looks in the account for what " +
      "the plan would create but exists already under the same name, and writes import blocks to adopt.tf.json beside the " +
      "stack. The next apply takes those resources over: bin/catalog deploy, which looks for them itself, or `terraform " +
      "apply`, after which adopt.tf.json is to be deleted. Changes one thing in AWS: it revokes the default egress rule of a " +
      "security group whose making was cut short. Where something exists twice, or stands in a VPC that is not the " +
      "state's, it writes nothing and names what to delete first.\n\nWith --settings the environment's own folder is used and " +
      "made ready; else the directory must be initialised (terraform init) and unlocked (terraform force-unlock).",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--unlock <id>", "first release this lock, of a run that is surely dead; with --settings")
  .option(
    "--directory <folder>",
    "folder of the synthesised stack (default: stacks/TapStack in CDKTF_OUTDIR, or in cdktf.out)",
  )
  .addOption(jsonOption)
  .action(async ({ directory, unlock, json, ...options }) => {
    const { adoptIn, adoptFor } = await import("../../ops/adopt/adopt.ts");
    const { isUnclear } = await import("../../ops/adopt/find-adoptable.ts");
    const { report } = await import("../../ops/adopt/report.ts");
    const ofSettings = options.settings !== undefined && directory === undefined;
    if (options.suffix !== undefined && !ofSettings) throw new UserError("--suffix goes with --settings.");
    if (unlock && !ofSettings)
      throw new UserError("--unlock goes with --settings; else: terraform force-unlock ID.");
    const folder = directory ?? join(process.env.CDKTF_OUTDIR || "cdktf.out", "stacks", "TapStack");
    const { openSession } = await import("../../ops/environment/session.ts");
    const session = ofSettings ? openSession(environmentOf(options), interruption()) : undefined;
    const adopted = session ? await adoptFor(session, unlock) : await adoptIn(folder);
    printResult(adopted, json, () => report(adopted, session?.workspace.folder ?? folder));
    if (isUnclear(adopted)) process.exitCode = 1;
  });

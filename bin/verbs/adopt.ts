import { join } from "node:path";
import { command } from "../../cli/command.ts";

export default command("adopt", {
  1: "failed, or something exists twice or in a VPC that is not the state's: nothing was written, and somebody has to choose",
})
  .description(
    "For after an apply that was killed (not merely interrupted) or cut off from AWS: plans, looks in the account for what " +
      "the plan would create but exists already under the same name, and writes import blocks to adopt.tf.json beside the " +
      "stack. The next `terraform apply` takes those resources over; delete adopt.tf.json after it. Changes one thing in " +
      "AWS: it revokes the default egress rule of a security group whose making was cut short. Where something exists twice, " +
      "or stands in a VPC that is not the state's, it writes nothing and names what to delete first.\n\nThe directory must be " +
      "initialised (terraform init) and unlocked (terraform force-unlock ID, if the killed run held the lock).",
  )
  .option(
    "--directory <folder>",
    "folder of the synthesised stack",
    join(process.env.CDKTF_OUTDIR || "cdktf.out", "stacks", "TapStack"),
  )
  .option("--json", "print what was found as JSON")
  .action(async ({ directory, json }) => {
    const { adoptIn, report } = await import("../../ops/adopt.ts");
    const { isUnclear } = await import("../../ops/adoption.ts");
    const adopted = await adoptIn(directory);
    if (json) console.log(JSON.stringify(adopted));
    else report(adopted, directory);
    if (isUnclear(adopted)) process.exitCode = 1;
  });

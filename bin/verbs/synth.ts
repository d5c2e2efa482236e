import { command } from "../../cli/command.ts";

export default command("synth", { 1: "a setting cannot be; nothing is written" })
  .description(
    "Writes the stack as Terraform JSON to cdktf.out/stacks/TapStack/cdk.tf.json, by the settings in the environment " +
      "(docs/SETTINGS.md lists them), and says what is open. CDKTF_OUTDIR names another folder.",
  )
  .action(async () => {
    await import("../synth.js");
    if (process.exitCode) return;
    const [{ readSettings }, { summary }] = await Promise.all([
      import("../../lib/settings.ts"),
      import("../../lib/summary.ts"),
    ]);
    process.stdout.write(summary(readSettings(process.env), process.env.CDKTF_OUTDIR));
  });

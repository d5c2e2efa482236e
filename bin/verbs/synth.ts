import { command } from "../../cli/command.ts";

export default command("synth", { 1: "a setting cannot be; nothing is written" })
  .description(
    "Writes the stack as Terraform JSON to cdktf.out/stacks/TapStack/cdk.tf.json, by the settings in the environment " +
      "(docs/SETTINGS.md lists them). CDKTF_OUTDIR names another folder.",
  )
  .action(async () => void (await import("../synth.js")));

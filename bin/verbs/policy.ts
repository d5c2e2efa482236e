import { InvalidArgumentError } from "@commander-js/extra-typings";
import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

function accountId(text: string): string {
  if (/^(?:\d{12}|\*)$/.test(text)) return text;
  throw new InvalidArgumentError("Choose the 12 digits of an account.");
}

export default command("policy")
  .description(
    "Prints the IAM policy of whoever deploys this environment: the calls that its resources need, by the suffix where AWS can " +
      "tell environments apart. Asks nothing of AWS.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option("--account <id>", "the account, for the ARNs; `*` for any", accountId, "*")
  .action(async ({ account, ...options }) => {
    const { suffix, variables, values } = environmentOf(options);
    const { synthesise } = await import("../../local/synthesise.ts");
    const { Configuration } = await import("../../local/terraform-json/index.ts");
    const { compact, deployerPolicy } = await import("../../ops/policy/deployer-policy.ts");
    const config = new Configuration(await synthesise(variables, interruption()));
    const { STATE_BUCKET: stateBucket, STATE_LOCK_TABLE: lockTable } = values;
    console.log(
      JSON.stringify(
        compact(deployerPolicy(config, { suffix, account, stateBucket, lockTable })),
        undefined,
        2,
      ),
    );
  });

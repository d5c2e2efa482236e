import { command } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption, printResult } from "../../cli/output.ts";
import { UserError } from "../../cli/user-error.ts";
import { environmentOf, settingsOption, suffixOption } from "../environment.ts";

export default command("bootstrap")
  .description(
    "Makes the S3 bucket for Terraform's state (versioned, encrypted, private, TLS only) and the DynamoDB table that locks " +
      "it, in the account of your AWS credentials, as STATE_BUCKET, STATE_LOCK_TABLE and STATE_REGION name them. Safe to run " +
      "again: what is there is brought to the same settings.",
  )
  .addOption(settingsOption)
  .addOption(suffixOption)
  .option(
    "--remove",
    "remove both, with all versions of all states; refused while they hold an environment's state or anything of another project",
  )
  .option(
    "--github <owner/name>",
    "make what lets that repository's workflows plan and deploy this environment: provider, roles and their boundary",
  )
  .option(
    "--previews",
    "with --github: for the environments of pull requests, pr-1, pr-2, …, in place of the file's own",
  )
  .option("--yes", "do not ask before removing")
  .addOption(jsonOption)
  .action(async ({ remove, github, previews, yes, json, ...options }) => {
    const signal = interruption();
    const settings = environmentOf(options);
    const { bootstrapFrom, removeFrom, report } = await import("../../ops/bootstrap/bootstrap.ts");
    if (remove) {
      const { confirm } = await import("../../ops/environment/session.ts");
      const { STATE_BUCKET: bucket = "" } = settings.values;
      if (!yes) await confirm("Type the bucket's name to remove it:", bucket, "--yes", signal);
      const removed = await removeFrom(settings.environment);
      printResult(
        { removed },
        json,
        () => `Removed ${removed.bucket}${removed.lockTable ? ` and ${removed.lockTable}` : ""}.`,
      );
      return;
    }
    if (github) {
      const { awsClients } = await import("../../ops/aws.ts");
      const { makeGitHubRoles, PREVIEWS } = await import("../../ops/bootstrap/github.ts");
      const { synthesise } = await import("../../local/synthesise.ts");
      const { Configuration } = await import("../../local/terraform-json/index.ts");
      const config = new Configuration(await synthesise(settings.variables, signal));
      const { STATE_BUCKET: stateBucket, STATE_LOCK_TABLE: lockTable } = settings.values;
      const made = await makeGitHubRoles({
        aws: awsClients(),
        repository: github,
        suffix: previews ? PREVIEWS : settings.suffix,
        config,
        stateBucket,
        lockTable,
      });
      const lines = made.roles.map(
        ({ environment, arn, made: how }) =>
          `role ${how}: ${arn}\n  for the repository's environment '${environment}', as its secret AWS_ROLE`,
      );
      printResult(made, json, () => [`provider ${made.provider}`, ...lines].join("\n"));
      return;
    }
    if (previews) throw new UserError("--previews goes with --github.");
    const { backend, made } = await bootstrapFrom(settings.environment);
    printResult({ ...backend, made }, json, () => report(backend, made));
  });

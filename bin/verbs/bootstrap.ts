import { command } from "../../cli/command.ts";

export default command("bootstrap")
  .description(
    "Makes the S3 bucket for Terraform's state (versioned, encrypted, private, TLS only) and the DynamoDB table that locks " +
      "it, in the account of your AWS credentials. Safe to run again: what is there is brought to the same settings.",
  )
  .option("--json", "print what was made as JSON")
  .addHelpText(
    "after",
    `
Environment:
  STATE_BUCKET      name of the bucket (required; names are global)
  STATE_LOCK_TABLE  name of the table (default: no table, no lock)
  STATE_REGION      region of both (default: eu-north-1)`,
  )
  .action(async ({ json }) => {
    const { bootstrapFrom, report } = await import("../../ops/bootstrap.ts");
    const { backend, made } = await bootstrapFrom(process.env);
    if (json) console.log(JSON.stringify({ ...backend, made }));
    else report(backend, made);
  });

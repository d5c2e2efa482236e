import { Option } from "@commander-js/extra-typings";
import { command, integer } from "../../cli/command.ts";
import { interruption } from "../../cli/interruption.ts";
import { jsonOption } from "../../cli/output.ts";

const PARTS = ["all", "row", "serve", "season", "cutShort", "pictures", "guides"];

/** What is done in place of the whole: one at a time. */
function part<Flags extends string>(flags: Flags, description: string) {
  const option = new Option(flags, description);
  return option.conflicts(PARTS.filter((name) => name !== option.attributeName()));
}

export default command("rehearse", {
  0: "everything held and nothing is left; or a program is missing, and CI is not true",
  1: "something did not hold; or a program is missing, and CI=true",
})
  .description(
    "Deploys the stack twice to an AWS API on this machine (moto), with the real Terraform and the real AWS provider: asks " +
      "AWS's own SDK whether all that the brief demands is there, changes the image, injects faults, kills Terraform " +
      "half-way, and destroys everything without a trace. Touches no AWS account, and needs no credentials. Takes some " +
      "minutes.\n\nNeeds Terraform or OpenTofu 1.11 or later and moto_server; without them it says what to install. " +
      "The provider comes from a filesystem mirror when one is on the machine, else from the registry.",
  )
  .addOption(
    new Option(
      "--seed <number>",
      "draw other rows of the change matrix to apply, or other points of the season's commands",
    )
      .argParser(integer(1, 2 ** 31 - 1))
      .default(1)
      .conflicts(["all", "row", "serve", "pictures", "guides"]),
  )
  .addOption(
    part(
      "--all",
      "apply every row of the change matrix and bring each earlier release to this one, and nothing else",
    ),
  )
  .addOption(
    part("--row <name...>", "apply these rows of the change matrix or earlier releases, and nothing else"),
  )
  .addOption(
    part(
      "--serve",
      "start the local AWS API alone, print the lines that another shell evaluates, and stay until Ctrl-C",
    ),
  )
  .addOption(
    part(
      "--season",
      "live through a season by the commands alone, each as a process; then cut them short at 20 points of their calls",
    ),
  )
  .addOption(
    part("--cut-short <points>", "of the season only that part, at so many points or more").argParser(
      integer(1, 1000),
    ),
  )
  .addOption(
    new Option(
      "--from <number>",
      "with --all or --cut-short: go on with this row or point of a run that was stopped",
    )
      .argParser(integer(1, 2000))
      .conflicts(PARTS.filter((name) => !["all", "cutShort"].includes(name))),
  )
  .addOption(
    part(
      "--pictures <folder>",
      "draw preflight, deploy and status of a season into this folder, and no more",
    ),
  )
  .addOption(
    part(
      "--guides",
      "run every command block of the guides, by the letter and in order, against the local AWS API; needs the AWS CLI too",
    ),
  )
  .addOption(
    new Option(
      "--calls <file>",
      "write which actions were asked of the deployer's policy into this file, as JSON",
    ).conflicts(["serve", "guides"]),
  )
  .addOption(
    new Option(jsonOption.flags, jsonOption.description).conflicts([
      ...["serve", "season", "cutShort", "pictures", "guides"],
    ]),
  )
  .action(async (options) => {
    const { runRehearsal } = await import("../../ops/rehearsal/run.ts");
    await runRehearsal(options, {
      signal: interruption(),
      previewDataPlane: async () => (await import("../data-plane.ts")).previewDataPlane,
    });
  });

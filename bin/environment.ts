/** The options that say which environment a command is about. */
import { Option } from "@commander-js/extra-typings";
import { UserError } from "../cli/user-error.ts";
import { SETTINGS } from "../lib/settings.ts";
import { type EnvironmentSettings, readEnvironmentSettings } from "../ops/environment/settings-file.ts";

export const settingsOption = new Option(
  "--settings <file>",
  "the environment's settings, the only source of them; without one, the shell's variables are",
).env("CATALOG_SETTINGS");

export const suffixOption = new Option("--suffix <suffix>", "another suffix than the file's: for pipelines");

/** @throws UserError for a file that cannot be used */
export function environmentOf(options: {
  settings?: string | undefined;
  suffix?: string | undefined;
}): EnvironmentSettings {
  const known = Object.values(SETTINGS).map(({ variable }) => variable);
  return readEnvironmentSettings({ file: options.settings, suffix: options.suffix, known });
}

/**
 * The settings file, for a command that writes into it.
 *
 * @throws UserError without one, and for another environment than the file's: what is written counts for all that share it
 */
export function fileToWrite({ file, suffix }: EnvironmentSettings): string {
  if (!file) throw new UserError("Give --settings: what changes is written into the file.");
  const own = environmentOf({ settings: file }).suffix;
  if (own !== suffix)
    throw new UserError(
      `${file} is of '${own}', and what changes is written into it: give a settings file of '${suffix}' itself.`,
    );
  return file;
}

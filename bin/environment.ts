/** The options that say which environment a command is about. */
import { styleText } from "node:util";
import { Option } from "@commander-js/extra-typings";
import { say } from "../cli/output.ts";
import { UserError } from "../cli/user-error.ts";
import { SETTINGS } from "../lib/settings.ts";
import { type EnvironmentSettings, readEnvironmentSettings } from "../ops/environment/settings-file.ts";

export const settingsOption = new Option(
  "--settings <file>",
  "the environment's settings, the only source of them; without one, the shell's variables are",
).env("CATALOG_SETTINGS");

export const suffixOption = new Option("--suffix <suffix>", "another suffix than the file's: for pipelines");

interface Options {
  readonly settings?: string | undefined;
  readonly suffix?: string | undefined;
}

/**
 * The settings of the environment; those that the shell has too are named, since they count for nothing.
 *
 * @throws UserError for a file that cannot be used
 */
export function environmentOf(options: Options): EnvironmentSettings {
  const settings = settingsOf(options);
  const { file, ignored } = settings;
  if (ignored.length > 0) {
    const line = `Ignored, since ${file} alone counts: ${ignored.join(", ")} of this shell.`;
    say(styleText("yellow", line, { stream: process.stderr }));
  }
  return settings;
}

/** The same once more, when the file has been written. */
export function settingsOf(options: Options): EnvironmentSettings {
  const known = Object.values(SETTINGS).map(({ variable }) => variable);
  const settings = readEnvironmentSettings({ file: options.settings, suffix: options.suffix, known });
  SETTINGS.environmentSuffix.parse(settings.suffix); // of a name that cannot be nothing is found, and nothing would be all that is said
  return settings;
}

/**
 * The settings file, for a command that writes into it.
 *
 * @throws UserError without one, and for another environment than the file's: what is written counts for all that share it
 */
export function fileToWrite({ file, suffix }: EnvironmentSettings): string {
  if (!file) throw new UserError("Give --settings: what changes is written into the file.");
  const own = settingsOf({ settings: file }).suffix;
  if (own !== suffix)
    throw new UserError(
      `${file} is of '${own}', and what changes is written into it: give a settings file of '${suffix}' itself.`,
    );
  return file;
}

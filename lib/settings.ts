import { SUFFIX, UserError } from "./aws/core/index.ts";
import { CREDENTIALS } from "./settings/credentials.ts";
import { DATABASE } from "./settings/database.ts";
import { EDGE } from "./settings/edge.ts";
import { type SettingTable, text } from "./settings/kinds.ts";
import { NETWORK } from "./settings/network.ts";
import { OPERATIONS } from "./settings/operations.ts";
import { SERVICE } from "./settings/service.ts";
import { checkScaling, checkTogether } from "./settings/together.ts";

export { REGION } from "./settings/region.ts";

/**
 * Everything that can be set, each by an environment variable. `npm run docs` writes the table of docs/SETTINGS.md from it.
 */
export const SETTINGS = {
  environmentSuffix: text({
    variable: "ENVIRONMENT_SUFFIX",
    fallback: "dev",
    range: "1 to 16 characters of a-z, 0-9 and single inner hyphens, as 'prod' or 'pr-42'",
    pattern: SUFFIX,
    description: "Ends every name; one suffix is one environment",
  }),
  ...SERVICE,
  ...NETWORK,
  ...DATABASE,
  ...CREDENTIALS,
  ...EDGE,
  ...OPERATIONS,
} as const satisfies SettingTable;

export type Settings = { readonly [K in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[K]["parse"]> };

/**
 * Reads every setting from environment variables, and checks what no single one can tell.
 *
 * @throws UserError for the first value that cannot be, with its name and what to change
 */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  now = new Date(),
): Settings {
  // A variable that CI forgot to fill would deploy to the default's environment.
  if (environment.ENVIRONMENT_SUFFIX === "")
    throw new UserError("ENVIRONMENT_SUFFIX is set and empty: name the environment, or unset it.");
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, setting]) => [key, setting.parse(environment[setting.variable])]),
  ) as Settings;

  checkScaling(settings, now);
  checkTogether(settings);
  return settings;
}

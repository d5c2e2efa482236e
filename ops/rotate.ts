/** New secrets, by the setting that counts their versions. */
import { UserError } from "../cli/user-error.ts";
import type { EnvironmentSettings } from "./environment/settings-file.ts";

/** What can be rotated, and the setting whose next value makes a new one. */
export const ROTATIONS = {
  "api-keys": "API_KEYS_VERSION",
  "database-owner-password": "DATABASE_OWNER_PASSWORD_VERSION",
  "database-password": "DATABASE_PASSWORD_VERSION",
  "origin-token": "ORIGIN_TOKEN_VERSION",
} as const;

export type Rotation = keyof typeof ROTATIONS;

export interface NextVersion {
  readonly setting: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The next version, one above the present: never two at once, since the edge and running tasks know this one and the next.
 *
 * @throws UserError for something else than what can be rotated, and for a version that is no number
 */
export function nextVersion(what: string, { values }: Pick<EnvironmentSettings, "values">): NextVersion {
  if (!Object.hasOwn(ROTATIONS, what))
    throw new UserError(`'${what}' cannot be rotated: choose ${Object.keys(ROTATIONS).join(", ")}.`);
  const setting = ROTATIONS[what as Rotation];
  const from = Number(values[setting] ?? 1);
  if (!Number.isInteger(from) || from < 1)
    throw new UserError(`${setting} '${values[setting]}' is no version: set a whole number from 1.`);
  return { setting, from, to: from + 1 };
}

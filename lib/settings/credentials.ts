import { integer, type SettingTable } from "./kinds.ts";

/** Versions of what is secret; how one replaces another on a live environment stands with each part. */
export const CREDENTIALS = {
  databasePasswordVersion: integer({
    variable: "DATABASE_PASSWORD_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new password for the API's login at the database",
  }),
  databaseOwnerPasswordVersion: integer({
    variable: "DATABASE_OWNER_PASSWORD_VERSION",
    fallback: 1,
    range: [1, 9999],
    description:
      "Raise by one to make a new password for the database's owner, whom only migrations log in as",
  }),
  apiKeysVersion: integer({
    variable: "API_KEYS_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new write key; the one before stays valid until the next",
  }),
  originTokenVersion: integer({
    variable: "ORIGIN_TOKEN_VERSION",
    fallback: 1,
    range: [1, 9999],
    description: "Raise by one to make a new origin token; the one before stays valid until the next",
  }),
} as const satisfies SettingTable;

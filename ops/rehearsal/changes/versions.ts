/** Versions of secrets, which only rise on a live environment (audit rule plan-secret-not-lowered). */

type Settings = Readonly<Record<string, string>>;

export const SECRET_VERSIONS: readonly string[] = [
  "API_KEYS_VERSION",
  "DATABASE_OWNER_PASSWORD_VERSION",
  "DATABASE_PASSWORD_VERSION",
  "ORIGIN_TOKEN_VERSION",
];

/**
 * The versions that an environment has reached. What a row of the change matrix asks for is counted from there, and the way
 * back keeps it: the version before may be gone, and would be made anew with a value that nobody has.
 */
export class SecretVersions {
  readonly #reached: Map<string, number>;

  /** @param reached where an environment stands. @default at the first version of each */
  constructor(reached: ReadonlyMap<string, number> = new Map()) {
    this.#reached = new Map(reached);
  }

  /** What to set for settings that are planned, and never applied. */
  planned(settings: Settings): Settings {
    return new SecretVersions(this.#reached).row()(settings);
  }

  /** Begins a row. @returns what to set for settings of that row, one after the other */
  row(): (settings: Settings) => Settings {
    const first = new Map(this.#reached);
    return (settings) => {
      const set = { ...settings };
      for (const variable of SECRET_VERSIONS) {
        const asked = (first.get(variable) ?? 1) + Number(settings[variable] ?? 1) - 1;
        const version = Math.max(asked, this.#reached.get(variable) ?? 1);
        this.#reached.set(variable, version);
        if (version > 1) set[variable] = String(version);
      }
      return set;
    };
  }
}

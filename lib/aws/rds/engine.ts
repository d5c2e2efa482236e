import type { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { UserError } from "../core/index.ts";

export interface AuroraPostgresEngineProps {
  /** Full versions, the most wanted first; the first that the region offers is taken. All of one major version. */
  readonly preferredVersions: readonly string[];
  /**
   * A version that the cluster shall have now, whatever it has: another one is an upgrade, for which every member restarts.
   * @default - a new cluster takes the first of `preferredVersions` that there is, and stays at it
   */
  readonly version?: string;
}

export interface IClusterEngine {
  readonly engineType: string;
  /** For example `aurora-postgresql16`. */
  readonly parameterGroupFamily: string;
  readonly defaultPort: number;
  /** Whether a cluster that runs another version is upgraded. */
  readonly upgrades: boolean;
  /** The version to run, settled when planning. */
  bindToCluster(scope: Construct): string;
}

/** Oldest version that is taken. */
const OLDEST = [16, 4] as const;

/** Database engines of an Aurora cluster. */
export const DatabaseClusterEngine = {
  /**
   * Aurora PostgreSQL, in the first of the preferred versions that the region offers when planning: minor versions are
   * withdrawn from regions, so that a single pinned one breaks some day.
   *
   * @throws UserError for an empty list, a mix of major versions, or a version before 16.4
   */
  auroraPostgres({ version: wanted, preferredVersions }: AuroraPostgresEngineProps): IClusterEngine {
    const versions = wanted ? [wanted] : [...preferredVersions];
    const parsed = versions.map((version) => {
      const [major = Number.NaN, minor = Number.NaN] = version.split(".").map(Number);
      if (!/^\d+\.\d+$/.test(version))
        throw new UserError(`Aurora PostgreSQL version '${version}': write it as 16.8.`);
      if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
        throw new UserError(`Aurora PostgreSQL version '${version}' is too old: use version 16.4 or later.`);
      }
      return { major, minor };
    });
    const majors = new Set(parsed.map(({ major }) => major));
    if (majors.size !== 1) {
      throw new UserError(
        `preferredVersions [${preferredVersions.join(", ")}] must be a list of one major version, since the parameter group is of one.`,
      );
    }
    return {
      engineType: "aurora-postgresql",
      parameterGroupFamily: `aurora-postgresql${parsed[0]!.major}`,
      defaultPort: 5432,
      upgrades: wanted !== undefined,
      bindToCluster: (scope) =>
        new aws.DataAwsRdsEngineVersion(scope, "EngineVersion", {
          engine: "aurora-postgresql",
          preferredVersions: versions,
        }).version,
    };
  },
};

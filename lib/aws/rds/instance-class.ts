import { UserError } from "../core/index.ts";

/** Families that Aurora PostgreSQL 16 runs on, in sizes from medium on (Aurora user guide, "Supported DB engines for DB instance classes"). */
const AURORA_CLASS =
  /^db\.(?:t3\.(?:medium|large)|t4g\.(?:medium|large)|[rx]\d+[a-z]*\.(?:large|\d*xlarge))$/;

/** @throws UserError for a class below db.t3.medium, or one that Aurora PostgreSQL does not run on. */
export function checkInstanceClass(instanceClass: string): void {
  if (!AURORA_CLASS.test(instanceClass)) {
    throw new UserError(
      `Database instance class '${instanceClass}' is not possible: RDS instance must use db.t3.medium class minimum. Use db.t3.medium, db.t4g.medium, db.r6g.large or larger.`,
    );
  }
}

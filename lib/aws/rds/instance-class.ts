import { UserError } from "../core/index.ts";

/**
 * Families that Aurora PostgreSQL 16 runs on, in sizes from medium on: t3, t4g, r5 and what came after it, x2g.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.SupportAurora.html
 */
const AURORA_CLASS =
  /^db\.(?:t3\.(?:medium|large)|t4g\.(?:medium|large)|(?:r(?:[5-9]|\d{2})|x\dg)[a-z]*\.(?:large|(?:2|4|8|12|16|24|32|48)?xlarge))$/;

/** @throws UserError for a class below db.t3.medium, or one that Aurora PostgreSQL does not run on. */
export function checkInstanceClass(instanceClass: string): void {
  if (!AURORA_CLASS.test(instanceClass)) {
    throw new UserError(
      `Database instance class '${instanceClass}' is not possible: RDS instance must use db.t3.medium class minimum. Use db.t3.medium, db.t4g.medium, db.r6g.large or larger.`,
    );
  }
}

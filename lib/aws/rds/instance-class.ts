import { UserError } from "../core/index.ts";

/**
 * Families that Aurora PostgreSQL 16 runs on, with their sizes from medium on; of generations to come, the sizes that there have been.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.DBInstanceClass.Summary.html
 */
const AURORA_CLASSES: readonly RegExp[] = [
  /^db\.t(3|4g)\.(medium|large)$/,
  /^db\.r5\.(large|([248]|12|16|24)?xlarge)$/,
  /^db\.(r6g|r7g|x2g)\.(large|([248]|12|16)?xlarge)$/,
  /^db\.r6gd\.([248]|12|16)?xlarge$/,
  /^db\.r6i\.(large|([248]|12|16|24|32)?xlarge)$/,
  /^db\.r6id\.(24|32)xlarge$/,
  /^db\.(r7i|r8gd?)\.(large|([248]|12|16|24|48)?xlarge)$/,
  /^db\.(r(8i|9|\d\d)|x[4-9])[a-z]*\.(large|([248]|12|16|24|32|48)?xlarge)$/,
];

/** @throws UserError for a class below db.t3.medium, one that Aurora PostgreSQL does not run on, or one that there is not. */
export function checkInstanceClass(instanceClass: string): void {
  if (!AURORA_CLASSES.some((family) => family.test(instanceClass))) {
    throw new UserError(
      `Database instance class '${instanceClass}' is not possible: RDS instance must use db.t3.medium class minimum. Use db.t3.medium, db.t4g.medium, db.r6g.large or larger.`,
    );
  }
}

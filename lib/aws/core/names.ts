import { UserError } from "./errors.ts";

/** Two hyphens in a row are refused by RDS. */
export const SUFFIX = /^(?!.*--)[a-z0-9](?:[a-z0-9-]{0,14}[a-z0-9])?$/;

/**
 * The one builder of physical names: `resource-type-<environmentSuffix>`.
 *
 * Terraform never makes names up the way CloudFormation does, so what CDK leaves to the deploy is decided here, and a
 * name can be read back in the console.
 */
export class Names {
  readonly environmentSuffix: string;

  /** @throws UserError unless the suffix is 1–16 characters of `[a-z0-9]` and single inner hyphens. */
  constructor(environmentSuffix: string) {
    if (!SUFFIX.test(environmentSuffix)) {
      throw new UserError(
        `environmentSuffix '${environmentSuffix}' is not valid: use 1 to 16 characters of a-z, 0-9 and single inner hyphens, for example 'prod' or 'pr-42'.`,
      );
    }
    this.environmentSuffix = environmentSuffix;
  }

  /**
   * `names.for("alb")` → `alb-<suffix>`.
   *
   * @param maxLength what AWS allows for the kind of resource named; 255 unless given
   * @throws UserError when the name would be longer
   */
  for(resourceType: string, maxLength = 255): string {
    const name = `${resourceType}-${this.environmentSuffix}`;
    if (name.length > maxLength) {
      throw new UserError(
        `The name '${name}' has ${name.length} characters, AWS allows ${maxLength}: shorten the construct's id or environmentSuffix.`,
      );
    }
    return name;
  }
}

/**
 * What a construct is, for its name: its type, then what it is for, which its id says in PascalCase. A type that ends the
 * id is not said twice: `kindOf("AlarmsTopic", "topic")` → `topic-alarms`; `kindOf("Cpu", "alarm")` → `alarm-cpu`.
 * Without a type it is the id alone: `kindOf("WebAcl")` → `web-acl`.
 */
export function kindOf(id: string, resourceType?: string): string {
  return resourceType ? `${resourceType}-${purposeOf(id, resourceType)}` : kebabCase(id);
}

/** What a construct is for, without its type: `purposeOf("ApiService", "service")` → `api`. */
export function purposeOf(id: string, resourceType: string): string {
  return kebabCase(id).replace(new RegExp(`-${resourceType}$`), "");
}

/** `PublicSubnet1` → `public-subnet-1`. */
export function kebabCase(id: string): string {
  return id
    .replace(
      /([a-z])([A-Z0-9])|(\d)(?=[A-Z][a-z])/g,
      (_, lower = "", upper = "", digit = "") => `${lower}${digit}-${upper}`,
    )
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

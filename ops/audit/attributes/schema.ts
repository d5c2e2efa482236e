import { z } from "zod";
import { repeatedKey } from "../../../local/terraform-json/index.ts";

/**
 * The words in which the attributes of the stack are described. A description is a zod schema of what an argument may be
 * in this system, not of what AWS would take: an argument that is not described is refused, and so is one that is missing,
 * since a default of AWS's or of the provider's can change under us.
 */

/** Terraform's JSON writes one nested block as an object or as a list of one: both are read as the object. */
export const block = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (Array.isArray(value) && value.length === 1 ? value[0] : value), schema);

/** Nested blocks, one or several, read as a list. */
export const blocks = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(schema).min(1),
  );

/** Terraform takes `"30"` for `30`. */
export const number = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value), schema);
export const exactly = (value: number) => number(z.literal(value));
export const between = (lowest: number, highest: number) => number(z.int().min(lowest).max(highest));

/** A text for people. What it says is not judged, that it says something is. */
export const text = z.string().regex(/\w{3}/, "say in words what it is for");

/** A name: the rules on names judge the suffix, the convention and the length. */
export const name = z.string().min(3);

/** The name tag alone: Environment and Project are the provider's to add, and any other tag would be news. */
export const tags = z.strictObject({ Name: name });

/** An attribute of a resource or data source of this stack, and nothing beside it: `reference("aws_vpc", "id")`. */
export const reference = (type: string, attribute: string) =>
  z
    .string()
    .regex(
      new RegExp(`^\\$\\{${type.replaceAll(".", "\\.")}\\.[\\w-]+\\.${attribute}\\}$`),
      `refer to the ${attribute} of an ${type} of this stack`,
    );
export const references = (type: string, attribute: string, [least, most]: [number, number]) =>
  z.array(reference(type, attribute)).min(least).max(most);

/** The same members in any order. */
export const setOf = (...members: string[]) =>
  z
    .array(z.string())
    .refine(
      (given) => given.toSorted().join() === members.toSorted().join(),
      `list ${members.join(", ") || "nothing"}`,
    );

/** A JSON text inside of an argument. */
export const json = <T extends z.ZodType>(schema: T) =>
  z
    .string()
    .transform((value, context) => {
      try {
        const parsed = JSON.parse(value) as unknown;
        const twice = repeatedKey(value);
        if (twice !== undefined) context.addIssue(`keep one '${twice}' in an object`);
        return parsed;
      } catch {
        context.addIssue("write it as plain JSON");
        return z.NEVER;
      }
    })
    .pipe(schema);

/** For what is in use while it is replaced; `replaced-before-destroyed` judges which that is. */
export const replacedFirst = block(z.strictObject({ create_before_destroy: z.literal(true) }));

/** What a resource waits for beside what it refers to; the rules on order judge which. */
export const dependsOn = z.array(z.string().regex(/^[\w.-]+$/)).min(1);

/** For what CloudFront needs in us-east-1; everything else is in the stack's own region. */
export const provider = z.literal("aws.us-east-1");
/** For types that are in both regions. The rule `region` knows which types those are. */
export const anyProvider = provider.optional();

/** A list whose entries are found by a key: `environment`, `parameter`, `setting`. Each is described once, none may be twice. */
export const keyed = (key: string, entries: Readonly<Record<string, z.ZodType>>) =>
  z.preprocess((value, context) => {
    const list = [value].flat() as Record<string, unknown>[];
    const keys = list.map((entry) => String(entry?.[key]));
    const twice = keys.find((each, index) => keys.indexOf(each) !== index);
    if (twice !== undefined) context.addIssue(`keep one '${twice}'`);
    return Object.fromEntries(list.map((entry) => [String(entry?.[key]), entry]));
  }, z.strictObject(entries));

/** A zone, by name. How many there must be, the rules on zones judge. */
export const zone = z.string().regex(/^eu-north-1[a-f]$/, "name a zone of the region"); // no region has letters past f

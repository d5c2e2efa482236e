import type { ErrorObject } from "ajv";

/** The longest part of a value that is repeated to whoever sent it. */
const SHOWN = 80;

const TYPES: Record<string, string> = {
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

/**
 * One sentence for the first error of a validator: where, the value, the rule, and what usually causes it. The rule is the
 * schema's `description`, so that the reference says the same.
 *
 * @param errors of an Ajv with `verbose`, which hands over values and schemas
 * @param whole what the value as a whole is called when no member of it is to blame
 * @param isJson whether it stands in JSON, where text has quotes, and not in an address. @default true
 */
export function explain(
  errors: readonly ErrorObject[] | null | undefined,
  whole: string,
  isJson = true,
): string {
  const [error] = errors ?? [];
  if (!error) return `${whole} is not valid`;
  if (isRepeated(error)) return `${memberPath(error.instancePath)} is there more than once`;
  const path = memberPath(error.instancePath);
  const where = path === "" ? whole : path;
  if (error.propertyName !== undefined)
    return `${where} has a member ${show(error.propertyName)}, and its name must be ${rule(error)}`;
  return `${where} ${complaint(error, path, isJson)}`;
}

/** A parameter of an address that takes one value, and has several. */
const isRepeated = ({ data, params, keyword }: ErrorObject): boolean =>
  keyword === "type" &&
  Array.isArray(data) &&
  data.length > 1 &&
  data.every((item) => typeof item === "string") &&
  params.type !== "object";

/** The path to the member that the first error is about, one that is missing or too much included; empty: the whole value. */
export function memberAt(errors: readonly ErrorObject[] | null | undefined): string {
  const [error] = errors ?? [];
  if (!error) return "";
  const path = memberPath(error.instancePath);
  const name = error.propertyName ?? error.params.missingProperty ?? error.params.additionalProperty;
  return [path, name].filter((part) => part !== undefined && part !== "").join(".");
}

/** `/product/images/0/url` → `product.images[0].url` */
function memberPath(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, step) => {
      if (/^\d+$/.test(step)) return `${path}[${step}]`;
      return path === "" ? step : `${path}.${step}`;
    }, "");
}

function complaint(error: ErrorObject, path: string, isJson: boolean): string {
  const { keyword, params, data, parentSchema } = error;
  const { limit } = params;
  switch (keyword) {
    case "required":
      return `lacks ${path === "" ? "" : `${path}.`}${params.missingProperty}`;
    case "additionalProperties":
      return unknownMember(params.additionalProperty, Object.keys(parentSchema?.properties ?? {}));
    case "type":
      return `is ${show(data)}, and must be ${typeNames(params.type)}${isJson ? typeCause(data, params.type, path) : ""}`;
    case "enum":
      return `is ${show(data)}, and must be one of ${params.allowedValues.join(", ")}`;
    case "minLength":
    case "minItems":
    case "minProperties":
      return limit === 1 ? "is empty" : `is ${show(data)}, and must be ${rule(error)}`;
    case "maxLength":
      return `has ${lengthOf(data as string)} (${show(data)}), and may have ${limit}`;
    case "maxItems":
    case "maxProperties":
      return `has ${Object.keys(data as object).length} entries, and may have ${limit}`;
    case "minimum":
    case "maximum":
      return `is ${show(data)}, and must be from ${parentSchema?.minimum ?? 0} to ${parentSchema?.maximum}`;
    case "uniqueItems":
      return `holds ${show((data as unknown[])[params.i])} twice`;
    default:
      return `is ${show(data)}, and must be ${rule(error)}`;
  }
}

/** A limit is one of what is kept: composed, a text may be shorter than its sender counts it, or longer. */
function lengthOf(text: string): string {
  const isPlain = /^[\0-\x7f]*$/.test(text);
  return `${[...text].length} characters${isPlain ? "" : " as it is kept, composed (Unicode NFC)"}`;
}

function unknownMember(name: string, known: string[]): string {
  const list = known.length === 0 ? "" : `; known are ${known.join(", ")}`;
  const cause = known.includes("attributes") ? `. What a shop makes up itself belongs into attributes` : "";
  return `has a member ${show(name)} that is not known${list}${cause}`;
}

const typeNames = (type: string | string[]): string =>
  [type]
    .flat()
    .map((name) => TYPES[name] ?? name)
    .join(" or ");

function typeCause(data: unknown, type: string | string[], path: string): string {
  const wanted = [type].flat();
  if (data === null && path !== "") return ": this member cannot be removed";
  if (typeof data === "number" && wanted.includes("string")) return ": put it between quotes";
  if (typeof data === "string" && (wanted.includes("integer") || wanted.includes("number")))
    return ": write it without quotes";
  if (typeof data === "number" && wanted.includes("integer") && path.includes("prices"))
    return ": prices count the smallest unit of the currency, 1299 for 12.99";
  return "";
}

function rule({ parentSchema }: ErrorObject): string {
  const description = (parentSchema as { description?: string } | undefined)?.description;
  return description === undefined ? "of another form" : lowerFirst(description);
}

/** An abbreviation keeps its capitals. */
const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN).toWellFormed()}…`;
}

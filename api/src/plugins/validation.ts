import { Ajv } from "ajv";
import type { FastifySchemaCompiler } from "fastify";
import { cleanText } from "../catalog/text.ts";
import { parseNumber } from "../http/json.ts";

/** Nothing is dropped or converted silently. */
const options = {
  useDefaults: true,
  removeAdditional: false,
  allErrors: false,
  strict: false,
  verbose: true,
} as const;

/** Validators compile when they are first used: most routes of a task that has just started are not. */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const ajv = new Ajv(options);
  return ({ schema, httpPart }) => {
    let validate: ReturnType<Ajv["compile"]> | undefined;
    return (given: unknown) => {
      validate ??= ajv.compile(schema);
      const value = READ[String(httpPart)]?.(given as TextQuery, schema) ?? given;
      if (validate(value)) return { value };
      const error = Object.assign(new Error("validation"), {
        validation: validate.errors,
        validationContext: httpPart,
        knownParameters:
          httpPart === "querystring"
            ? Object.keys((schema as { properties?: object }).properties ?? {}).sort()
            : [],
      });
      return { error };
    };
  };
}

type TextQuery = Readonly<Record<string, string | string[]>>;

/** How the parts of an address are read, by Fastify's names for them. */
const READ: Record<string, (given: TextQuery, schema: object) => unknown> = {
  querystring: typed,
  // A slug in its composed form, as it is kept.
  params: (given) =>
    Object.fromEntries(Object.entries(given).map(([name, text]) => [name, String(text).normalize("NFC")])),
};

/**
 * Everything in an address is text: numbers are written as in JSON, a list may have one item, and texts are read as they are kept
 * (catalog/text.ts).
 */
function typed(query: TextQuery, { properties = {} }: { properties?: Record<string, { type?: string }> }) {
  const convert = (text: string | string[], type: string | undefined): unknown => {
    if (type === "array") return [text].flat().map(cleanText);
    if (typeof text !== "string") return text;
    if (type === "integer") return parseNumber(text) ?? text;
    if (type === "boolean") return { true: true, false: false }[text] ?? text;
    return cleanText(text);
  };
  return Object.fromEntries(
    Object.entries(query).map(([name, text]) => [
      name,
      convert(text, Object.hasOwn(properties, name) ? properties[name]!.type : undefined),
    ]),
  );
}

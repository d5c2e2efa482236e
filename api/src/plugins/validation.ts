import { Ajv } from "ajv";
import type { FastifySchemaCompiler } from "fastify";

/** Numbers, flags and lists come as text in an address; in a body, "12" is not 12. Nothing is dropped silently. */
const options = {
  useDefaults: true,
  removeAdditional: false,
  allErrors: false,
  strict: false,
  verbose: true,
} as const;

/** Validators compile when they are first used: most routes of a task that has just started are not. */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const text = new Ajv({ ...options, coerceTypes: "array" });
  const body = new Ajv(options);
  return ({ schema, httpPart }) => {
    let validate: ReturnType<Ajv["compile"]> | undefined;
    return (value: unknown) => {
      validate ??= (httpPart === "body" ? body : text).compile(schema);
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

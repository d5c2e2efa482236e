import { PROBLEMS, type ProblemName, problemType } from "../http/problem.ts";

const STATUS: Record<number, readonly [name: string, description: string]> = {
  400: ["BadRequest", "The request is not valid"],
  401: ["Unauthorized", "A valid API key is required"],
  403: ["Forbidden", "The API key does not allow this"],
  404: ["NotFound", "There is no such resource"],
  408: ["RequestTimeout", "The request did not arrive in time"],
  409: ["Conflict", "The request conflicts with another resource or request"],
  412: ["PreconditionFailed", "If-Match or If-None-Match does not hold"],
  413: ["ContentTooLarge", "The body is too large"],
  414: ["UriTooLong", "The address is too long"],
  415: ["UnsupportedMediaType", "The media type or the content coding is not supported"],
  417: ["ExpectationFailed", "The expectation cannot be met"],
  422: ["UnprocessableContent", "The request cannot be carried out as it is"],
  428: ["PreconditionRequired", "The request must be conditional"],
  429: ["TooManyRequests", "This client sends too many requests"],
  431: ["HeaderFieldsTooLarge", "The header fields are too large"],
  500: ["InternalError", "Something went wrong on the server"],
  501: ["NotImplemented", "The server does not implement this"],
  503: ["ServiceUnavailable", "Try again after Retry-After"],
  505: ["VersionNotSupported", "The version of HTTP is not supported"],
};

/** The name of the schema of a status's problems. */
export function schemaNameOf(status: number): { name: string; description: string } {
  const [name, description] = STATUS[status]!;
  return { name: `${name}Problem`, description };
}

export function problemsByStatus(names: readonly ProblemName[]): Record<number, ProblemName[]> {
  const byStatus: Record<number, ProblemName[]> = {};
  for (const name of new Set(names)) {
    const [status] = PROBLEMS[name];
    byStatus[status] = [...(byStatus[status] ?? []), name];
  }
  return byStatus;
}

const FieldError = {
  title: "FieldError",
  type: "object",
  description: "One mistake of a request",
  properties: {
    at: {
      type: "string",
      description: "The part of the request and the path in it, such as body/variants/0/sku",
    },
    message: { type: "string" },
  },
  required: ["at", "message"],
};
/** Members beside the standard ones (RFC 9457, section 3.2). */
const EXTENSIONS: Record<number, object> = {
  400: {
    errors: { type: "array", items: FieldError, description: "All mistakes that were found, 20 at most" },
    known: { type: "array", items: { type: "string" }, description: "Parameters that the operation knows" },
  },
  422: {
    results: {
      type: "array",
      items: { $ref: "#/components/schemas/RowResult" },
      description: "Of a batch that was to be written as a whole: the rows that cannot be",
    },
  },
};

/** A schema for each status, with its types as an enumeration: clients branch on it. */
export function problemSchemas(statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(
    statuses.map((status) => {
      const types = Object.entries(PROBLEMS)
        .filter(([, [of]]) => of === status)
        .map(([name]) => problemType(name as ProblemName));
      const { name, description } = schemaNameOf(status);
      return [
        name,
        {
          type: "object",
          description,
          properties: {
            type: {
              title: `${name}Type`,
              type: "string",
              enum: types,
              description: "Stable; resolves to what it means",
            },
            title: { type: "string" },
            status: { type: "integer", minimum: status, maximum: status },
            detail: { type: "string", description: "What to change, as a sentence" },
            instance: {
              type: "string",
              description: "urn:request: and the id of the request, as in the logs",
            },
            ...EXTENSIONS[status],
          },
          required: ["type", "title", "status", "detail", "instance"],
        },
      ];
    }),
  );
}

import * as Type from "typebox/type";
import { PROBLEM_JSON } from "../http/problem.ts";

const ProblemDetails = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
  },
  { title: "Problem", additionalProperties: true, description: "RFC 9457" },
);

export const json = (description: string, schema: Type.TSchema) => ({
  description,
  content: { "application/json": { schema } },
});

export const empty = (description: string) => ({ description, type: "null" });

/** Every route may end in a problem. */
export const problems = {
  default: { description: "A problem", content: { [PROBLEM_JSON]: { schema: ProblemDetails } } },
};

export const notModified = { 304: empty("What the client has is current") };

/** For routes that write. */
export const security: { [scheme: string]: string[] }[] = [{ bearer: [] }, { apiKey: [] }];

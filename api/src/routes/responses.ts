import * as Type from "typebox/type";
import { PROBLEM_JSON } from "../http/problem.ts";

export const json = (description: string, schema: Type.TSchema) => ({
  description,
  content: { "application/json": { schema } },
});

export const empty = (description: string) => ({ description, type: "null" });

/** Every route may end in a problem. */
export const problems = {
  default: { description: "A problem", content: { [PROBLEM_JSON]: { schema: Type.Ref("Problem#") } } },
};

export const notModified = { 304: empty("What the client has is current") };

/** For routes that write. */
export const security: { [scheme: string]: string[] }[] = [{ bearer: [] }, { apiKey: [] }];

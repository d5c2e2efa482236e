/** CloudWatch Logs (awsJson): saved queries, and deliveries that nobody can change. */
import { randomUUID } from "node:crypto";
import { type Call, json, jsonResponse } from "../call.ts";
import type { Correction } from "./correction.ts";

interface QueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly logGroupNames?: readonly string[];
}

/** moto knows none of the three operations and answers 500. Two definitions may have one name, as with AWS. */
export function logs(): Correction[] {
  const byRegion = new Map<string, Map<string, QueryDefinition>>();
  const definitionsOf = ({ region }: Call) => {
    const known = byRegion.get(region) ?? new Map<string, QueryDefinition>();
    byRegion.set(region, known);
    return known;
  };
  return [
    {
      // As AWS answers provider 5.x (hashicorp/terraform-provider-aws#46108): moto does not know it, and answers 500.
      service: "logs",
      operations: ["UpdateDeliveryConfiguration"],
      answer: async () =>
        jsonResponse(
          {
            __type: "ValidationException",
            message: "Provided delivery configuration is invalid for the destination type.",
          },
          400,
        ),
    },
    {
      service: "logs",
      operations: ["PutQueryDefinition"],
      async answer(call) {
        const given = json<Partial<QueryDefinition> & Omit<QueryDefinition, "queryDefinitionId">>(call);
        const queryDefinitionId = given.queryDefinitionId ?? randomUUID();
        const { name, queryString, logGroupNames = [] } = given;
        definitionsOf(call).set(queryDefinitionId, { queryDefinitionId, name, queryString, logGroupNames });
        return jsonResponse({ queryDefinitionId });
      },
    },
    {
      service: "logs",
      operations: ["DescribeQueryDefinitions"],
      async answer(call) {
        const { queryDefinitionNamePrefix: prefix = "" } = json<{ queryDefinitionNamePrefix?: string }>(call);
        const found = [...definitionsOf(call).values()].filter(({ name }) => name.startsWith(prefix));
        return jsonResponse({ queryDefinitions: found });
      },
    },
    {
      service: "logs",
      operations: ["DeleteQueryDefinition"],
      async answer(call) {
        const { queryDefinitionId } = json<{ queryDefinitionId: string }>(call);
        return jsonResponse({ success: definitionsOf(call).delete(queryDefinitionId) });
      },
    },
  ];
}

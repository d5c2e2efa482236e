/** CloudWatch Logs (awsJson): saved queries, and deliveries that are changed. */
import { randomUUID } from "node:crypto";
import { type Call, isOk, json, jsonAnswer } from "../call.ts";
import type { Correction } from "./correction.ts";

interface QueryDefinition {
  readonly queryDefinitionId: string;
  readonly name: string;
  readonly queryString: string;
  readonly logGroupNames?: readonly string[];
}

/** moto cannot change a delivery. What was asked for last is told of it from then on. */
function deliveries(): Correction[] {
  const changed = new Map<string, Record<string, unknown>>();
  return [
    {
      service: "logs",
      operations: ["UpdateDeliveryConfiguration"],
      async answer(call) {
        const { id, ...configuration } = json<{ id: string }>(call);
        changed.set(id, { ...changed.get(id), ...configuration });
        return jsonAnswer({});
      },
    },
    {
      service: "logs",
      operations: ["GetDelivery"],
      async answer(call, forward) {
        const answer = await forward();
        const configuration = changed.get(json<{ id: string }>(call).id);
        if (!isOk(answer) || !configuration) return answer;
        const { delivery } = json<{ delivery: object }>(answer);
        return jsonAnswer({ delivery: { ...delivery, ...configuration } });
      },
    },
  ];
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
    ...deliveries(),
    {
      service: "logs",
      operations: ["PutQueryDefinition"],
      async answer(call) {
        const given = json<Partial<QueryDefinition> & Omit<QueryDefinition, "queryDefinitionId">>(call);
        const queryDefinitionId = given.queryDefinitionId ?? randomUUID();
        const { name, queryString, logGroupNames = [] } = given;
        definitionsOf(call).set(queryDefinitionId, { queryDefinitionId, name, queryString, logGroupNames });
        return jsonAnswer({ queryDefinitionId });
      },
    },
    {
      service: "logs",
      operations: ["DescribeQueryDefinitions"],
      async answer(call) {
        const { queryDefinitionNamePrefix: prefix = "" } = json<{ queryDefinitionNamePrefix?: string }>(call);
        const found = [...definitionsOf(call).values()].filter(({ name }) => name.startsWith(prefix));
        return jsonAnswer({ queryDefinitions: found });
      },
    },
    {
      service: "logs",
      operations: ["DeleteQueryDefinition"],
      async answer(call) {
        const { queryDefinitionId } = json<{ queryDefinitionId: string }>(call);
        return jsonAnswer({ success: definitionsOf(call).delete(queryDefinitionId) });
      },
    },
  ];
}

import { Construct } from "constructs";
import * as aws from "../bindings.ts";
import { Stack } from "../core/index.ts";
import type { LogGroup } from "../logs/index.ts";

export interface QueryDefinitionProps {
  /** What it is found by in the console; the environment's suffix is its folder. */
  readonly title: string;
  /** In the language of CloudWatch Logs Insights. */
  readonly queryString: string;
  readonly logGroups: LogGroup[];
}

/** A query that CloudWatch Logs Insights keeps, in the region of its log groups. Costs nothing until it is run. */
export class QueryDefinition extends Construct {
  constructor(scope: Construct, id: string, props: QueryDefinitionProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const region = props.logGroups[0]?.region;
    new aws.CloudwatchQueryDefinition(this, "Resource", {
      provider: region ? stack.providerFor(region) : undefined,
      name: stack.names.for(`query-${props.title}`),
      queryString: props.queryString,
      logGroupNames: props.logGroups.map((group) => group.logGroupName),
    });
  }
}

import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { environmentSuffix, withoutSuffix } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

/** The saved queries, and the beginning of the name of the log group that each is asked of. */
const QUERIES: Readonly<Record<string, string>> = {
  "errors-of-the-api": "/aws/ecs/api-",
  "errors-by-problem": "/aws/ecs/api-",
  "one-request": "/aws/ecs/api-",
  "slow-requests-by-path": "/aws/ecs/api-",
  "cache-and-latency": "/aws/ecs/api-",
  "silent-connections-by-task": "/aws/ecs/api-",
  "who-wrote": "/aws/ecs/api-",
  "slow-statements": "/aws/rds/cluster/",
  "who-connected": "/aws/rds/cluster/",
  "hit-ratio-at-the-edge": "/aws/vendedlogs/cloudfront/",
  "refusals-at-the-edge": "/aws/vendedlogs/cloudfront/",
  "busiest-addresses": "/aws/vendedlogs/cloudfront/",
  "rejected-connections": "/aws/vpc/",
  "memory-and-cpu-by-task": "/aws/ecs/containerinsights/",
  "why-tasks-stopped": "/aws/events/",
};

const definitions = (config: Configuration) => config.of("aws_cloudwatch_query_definition");

/** What one asks the logs. That each asks for fields that they have, `test/ops/queries.test.ts` shows. */
export const savedQueries: readonly Rule[] = [
  rule({
    id: "saved-queries",
    source: "Monitoring Guide, Queries",
    words: "Observability: the queries that the guide explains are saved, each of its own log",
    check: (config) => {
      const suffix = environmentSuffix(config);
      const key = (block: Block) =>
        withoutSuffix(config.resolve(block.get("name")), suffix).replace(/^query-/, "");
      const there = definitions(config).map(key);
      return [
        ...Object.keys(QUERIES).flatMap((name) =>
          demand(there.includes(name), "aws_cloudwatch_query_definition", `Save the query ${name}.`),
        ),
        ...each(
          definitions(config),
          (block) => {
            const [group] = config.targets(block.all("log_group_names"), "aws_cloudwatch_log_group");
            return (
              config.resolve(group?.get("name")).startsWith(QUERIES[key(block)] ?? "nowhere") &&
              /^(fields|filter|stats) .+/.test(String(block.get("query_string")))
            );
          },
          "Let it begin with fields, filter or stats, and be asked of the log that it is about.",
        ),
      ];
    },
  }),
];

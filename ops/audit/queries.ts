import { isDeepStrictEqual } from "node:util";
import { resultsOf } from "../../local/cloudwatch/insights.ts";
import type { Block, Configuration } from "../../local/terraform-json/index.ts";
import { QUESTIONS } from "../outages/questions.ts";
import { environmentSuffix, withoutSuffix } from "./naming.ts";
import { demand, each, type Rule, rule } from "./rule.ts";

const definitions = (config: Configuration) => config.of("aws_cloudwatch_query_definition");

/** What one asks the logs. That the logs have its fields, `test/ops/queries.test.ts` shows. */
export const savedQueries: readonly Rule[] = [
  rule({
    id: "saved-queries",
    source: "Monitoring Guide, Queries",
    words:
      "Observability: the queries that the guide explains are saved; each, asked of its own log, answers what it is there for",
    check: (config) => {
      const suffix = environmentSuffix(config);
      const key = (block: Block) =>
        withoutSuffix(config.resolve(block.get("name")), suffix).replace(/^query-/, "");
      const there = definitions(config).map(key);
      return [
        ...Object.values(QUESTIONS)
          .flatMap(({ answers }) => Object.keys(answers))
          .flatMap((name) =>
            demand(there.includes(name), "aws_cloudwatch_query_definition", `Save the query ${name}.`),
          ),
        ...each(
          definitions(config),
          (block) => {
            const [group] = config.targets(block.all("log_group_names"), "aws_cloudwatch_log_group");
            return answersAsItShould(
              config.resolve(group?.get("name")),
              key(block),
              String(block.get("query_string")),
            );
          },
          "Let it answer, of the log that it is about, what ops/outages/questions.ts says.",
        ),
      ];
    },
  }),
];

function answersAsItShould(log: string, name: string, query: string): boolean {
  const [, questions] = Object.entries(QUESTIONS).find(([begin]) => log.startsWith(begin)) ?? [];
  const wanted = questions?.answers[name];
  if (!questions || !wanted) return false;
  try {
    return isDeepStrictEqual(
      resultsOf(query, questions.lines).map((row) => Object.values(row)),
      wanted,
    );
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

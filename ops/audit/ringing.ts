import { COMPARISONS } from "../../local/cloudwatch/comparisons.ts";
import { type Expression, parseExpression, type Value } from "../../local/cloudwatch/math.ts";
import type { Configuration } from "../../local/terraform-json/index.ts";
import type { AlarmDefinition } from "../alarms.ts";
import { type Bounds, type Figures, type Ringing, ringing } from "../outages/ringing.ts";
import { servicesInFront, targetsOf } from "./fallback.ts";

/** How many times faster than it lasts an error budget is spent (Google, The Site Reliability Workbook, "Alerting on SLOs"). */
const BURNS = { fast: 14.4, slow: 6 } as const;
/** An objective below these is none (docs/SETTINGS.md). */
const LEAST_PERCENT = 50;
const LATEST_MILLISECONDS = 30_000;
/** What an alarm says of the objective that its threshold is of: `(99 % within 1000 ms)`. */
const OBJECTIVE = /objective \((\d+(?:\.\d+)?) %(?: within (\d+) ms)?\)/;

/** Whether an alarm rings when its outage asks for it, and at nothing less. Undefined: no outage is known of it. */
export function ringsAsItShould(
  config: Configuration,
  alarms: readonly AlarmDefinition[],
  alarm: AlarmDefinition,
): boolean | undefined {
  const wanted = ringing(boundsOf(config, alarms))[alarm.key];
  if (!wanted) return undefined;
  const { block, period } = alarm;
  const look = [period, block.number("evaluation_periods"), block.number("datapoints_to_alarm")];
  return (
    look.join() === wanted.look.join() &&
    alarm.series.every(({ statistic }) => isOfItsObjective(alarm, statistic)) &&
    isAtItsEdge(alarm, wanted)
  );
}

function isAtItsEdge(alarm: AlarmDefinition, { rings, silent }: Ringing): boolean {
  const expression = parsed(alarm.expression);
  if (expression === undefined) return false;
  const value = (figures: Figures, only: number) => valueIn(alarm, expression, figures, only);
  // Of several alike, as NAT gateways, each by itself has to make it ring.
  const each = [...new Array(isOfSeveralAlike(alarm) ? alarm.series.length : 1).keys()];
  return each.every(
    (only) =>
      rings.every((figures) => isBad(alarm, value(figures, only))) &&
      silent.every((figures) => {
        const computed = value(figures, only);
        const isMeasured = Object.values(figures).every((each) => each !== undefined);
        return !isBad(alarm, computed) && (computed !== undefined || !isMeasured);
      }),
  );
}

function parsed(expression: string | undefined): Expression | undefined {
  try {
    return parseExpression(expression ?? "value");
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isOfSeveralAlike = ({ series }: AlarmDefinition) =>
  series.length > 1 && new Set(series.map(({ metricName }) => metricName)).size === 1;

/** What an alarm looks at in one period. @param only of several series alike, the one that has the figure */
function valueIn(alarm: AlarmDefinition, expression: Expression, figures: Figures, only: number): Value {
  return expression.compute(
    new Map(
      alarm.series.map(({ id, metricName }, index) => [
        id,
        isOfSeveralAlike(alarm) && index !== only ? undefined : figures[metricName],
      ]),
    ),
  );
}

function isBad({ block }: AlarmDefinition, value: Value): boolean {
  if (value === undefined) return block.get("treat_missing_data") === "breaching";
  const compare = COMPARISONS[String(block.get("comparison_operator")) as keyof typeof COMPARISONS];
  return compare?.(value, block.number("threshold")) === true;
}

/** A share of answers that came in time is of the time that the alarm says. */
function isOfItsObjective({ block }: AlarmDefinition, statistic: string): boolean {
  const [, seconds] = /^PR\(:(.+)\)$/.exec(statistic) ?? [];
  const [, , milliseconds] = OBJECTIVE.exec(String(block.get("alarm_description"))) ?? [];
  return (
    seconds === undefined ||
    (Number(seconds) === Number(milliseconds) / 1000 && Number(milliseconds) <= LATEST_MILLISECONDS)
  );
}

/** What settings say, read where they stand in the configuration. */
export function boundsOf(config: Configuration, alarms: readonly AlarmDefinition[]): Bounds {
  const [target] = servicesInFront(config).flatMap((service) => targetsOf(config, service));
  const policies = target ? config.referrers("aws_appautoscaling_policy", "resource_id", target) : [];
  return {
    mostTasks: target?.number("max_capacity") ?? Number.NaN,
    fewestTasks: target?.number("min_capacity") ?? Number.NaN,
    cpuTarget: policies[0]?.number("target_tracking_scaling_policy_configuration.target_value") ?? Number.NaN,
    burnThreshold: (key) => {
      const descriptions = alarms
        .filter((each) => each.key.replace(/-\w+$/, "") === key.replace(/-\w+$/, ""))
        .map(({ block }) => OBJECTIVE.exec(String(block.get("alarm_description")))?.[1]);
      const [objective] = new Set(descriptions).size === 1 ? descriptions.map(Number) : [];
      if (objective === undefined || objective < LEAST_PERCENT) return Number.NaN;
      const burn = BURNS[key.endsWith("-fast") ? "fast" : "slow"];
      return Number(Math.min(95, burn * (100 - objective)).toFixed(3));
    },
  };
}

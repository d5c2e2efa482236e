/** What an alarm's metrics are in one period, by their names and by the statistic that it asks for; undefined: no datapoint. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** When an alarm has to ring. */
export interface Ringing {
  /** How long a period is, in seconds; how many the alarm looks at; and how many of them have to be bad. */
  readonly look: readonly [period: number, periods: number, bad: number];
  /** Periods at which it has to ring, as close to its threshold as they can be. */
  readonly rings: readonly Figures[];
  /** Periods at which it must not: a step before the threshold, and of too few requests to mean anything. */
  readonly silent: readonly Figures[];
}

/** What a setting says, and so an alarm's figures depend on. */
export interface Bounds {
  /** The most and the fewest tasks that scaling asks of the service that serves customers. */
  readonly mostTasks: number;
  readonly fewestTasks: number;
  /** The CPU that scaling aims at, in per cent. */
  readonly cpuTarget: number;
  /** From how many per cent of failures on the budget of an objective is spent too fast. @param alarm its key */
  burnThreshold(alarm: string): number;
}

/** Failures in a period up to which a rate says nothing: one failed request of ten at night is no outage. */
const NOISE = 5;
/** Three of the last five minutes: soon, and not for a single bad one. */
const SOON = [60, 5, 3] as const;
const ONCE = [60, 1, 1] as const;
const ONCE_IN_FIVE_MINUTES = [300, 1, 1] as const;
const TEN_MINUTES = [60, 10, 10] as const;
const QUARTER_OF_AN_HOUR = [300, 3, 3] as const;
const DAY = [86_400, 1, 1] as const;

type Rate = readonly [metric: string, requests: string];

/** A rate that the API's answers are counted for: `percent` of the requests or more, and of more failures than noise. */
function counted([failures, requests]: Rate, percent: number): Ringing {
  const [few, enough] = [NOISE + 1, ((NOISE + 1) * 100) / percent];
  return {
    look: SOON,
    rings: [{ [failures]: few, [requests]: enough }],
    silent: [
      { [failures]: few, [requests]: enough + 1 },
      { [failures]: NOISE, [requests]: NOISE },
      { [failures]: undefined, [requests]: 100 },
    ],
  };
}

/** A rate that AWS computes: more than `percent`, and of more failures than noise. @param failing the metric's value at so many per cent of failures; `step` before the threshold it is silent */
function computed(
  [rate, requests]: Rate,
  percent: number,
  look: Ringing["look"] = SOON,
  { noise = NOISE, failing = (failed: number) => failed, step = 0 } = {},
): Ringing {
  const above = Number((percent + 0.001).toFixed(6));
  const enough = (noise * 100) / above;
  return {
    look,
    rings: [{ [rate]: failing(above), [requests]: Math.floor(enough) + 1 }],
    silent: [
      { [rate]: failing(percent - step), [requests]: 1e9 },
      { [rate]: failing(above), [requests]: Math.ceil(enough) - 1 },
      { [rate]: failing(100), [requests]: noise },
    ],
  };
}

/** One metric: what is bad, and what is a step before. @param bad undefined: that nothing is counted, as 0 or not at all */
const one = (metric: string, look: Ringing["look"], bad: number | undefined, good: number): Ringing => ({
  look,
  rings: bad === undefined ? [{ [metric]: undefined }, { [metric]: 0 }] : [{ [metric]: bad }],
  silent: [{ [metric]: good }, ...(bad === undefined ? [] : [{ [metric]: undefined }])],
});

const BURN = { fast: [300, 3, 3], slow: [3600, 6, 5] } as const;

/** Of each alarm, when it has to ring, at the edge of what is an outage and what is none. */
export function ringing(bounds: Bounds): Readonly<Record<string, Ringing>> {
  const burning = (objective: string, rate: Rate, late: Parameters<typeof computed>[3] = {}) =>
    Object.fromEntries(
      Object.entries(BURN).map(([speed, look]) => {
        const key = `${objective}-burn-${speed}`;
        return [key, computed(rate, bounds.burnThreshold(key), look, late)];
      }),
    );
  const atEdge = (metric: string): Rate => [metric, "Requests"];
  return {
    ...burning("availability", atEdge("5xxErrorRate")),
    ...burning("latency", ["TargetResponseTime", "RequestCount"], {
      failing: (late) => 100 - late,
      step: 0.001, // 100 - 85.6 is a little more than 14.4
    }),
    "edge-errors": computed(atEdge("5xxErrorRate"), 1),
    "edge-refusals": computed(atEdge("4xxErrorRate"), 50, SOON, { noise: 20 }),
    "web-acl-blocks": {
      look: SOON,
      rings: [
        { BlockedRequests: 26, AllowedRequests: 103 },
        { BlockedRequests: 21, AllowedRequests: undefined },
      ],
      silent: [
        { BlockedRequests: 25, AllowedRequests: 100 },
        { BlockedRequests: 20, AllowedRequests: undefined },
        { BlockedRequests: undefined, AllowedRequests: 100 },
      ],
    },
    "viewer-certificate": one("DaysToExpiry", DAY, 29, 30),
    "origin-certificate": one("DaysToExpiry", DAY, 29, 30),
    "balancer-errors": {
      look: SOON,
      rings: [
        { HTTPCode_ELB_5XX_Count: 6, RequestCount: 294 },
        { HTTPCode_ELB_5XX_Count: 6, RequestCount: undefined },
      ],
      silent: [
        { HTTPCode_ELB_5XX_Count: 6, RequestCount: 295 },
        { HTTPCode_ELB_5XX_Count: 5, RequestCount: undefined },
        { HTTPCode_ELB_5XX_Count: undefined, RequestCount: 100 },
      ],
    },
    bypass: one("HTTP_Fixed_Response_Count", ONCE_IN_FIVE_MINUTES, 1, 0),
    "unhealthy-tasks": one("UnHealthyHostCount", [60, 5, 5], 1, 0),
    "api-errors": counted(["HTTPCode_Target_5XX_Count", "RequestCount"], 2),
    "slow-answers": {
      look: SOON,
      rings: [{ TargetResponseTime: 1.001, RequestCount: 61 }],
      silent: [
        { TargetResponseTime: 1, RequestCount: 1e9 },
        { TargetResponseTime: 60, RequestCount: 60 },
      ],
    },
    "stale-answers": counted(["CacheStale", "Requests"], 5),
    "write-errors": counted(["WritesFailed", "Writes"], 20),
    "write-refusals": counted(["WritesRefused", "Writes"], 50),
    "database-silent": one("DatabaseSilent", [60, 3, 2], 1, 0),
    "notifications-down": one("NotificationsDown", SOON, 1, 0),
    "too-few-tasks": {
      look: [60, 5, 5],
      rings: [
        { RunningTaskCount: 1, DesiredTaskCount: 2 },
        { RunningTaskCount: undefined, DesiredTaskCount: 2 },
      ],
      silent: [
        { RunningTaskCount: 2, DesiredTaskCount: 2 },
        { RunningTaskCount: 4, DesiredTaskCount: 2 },
      ],
    },
    "at-maximum": {
      look: [60, 15, 15],
      rings: [
        { DesiredTaskCount: bounds.mostTasks, CPUUtilization: bounds.cpuTarget + 0.001 },
        { DesiredTaskCount: bounds.mostTasks + 1, CPUUtilization: 100 },
      ],
      silent: [
        { DesiredTaskCount: bounds.mostTasks, CPUUtilization: bounds.cpuTarget },
        { DesiredTaskCount: bounds.mostTasks - 1, CPUUtilization: 100 },
      ],
    },
    "service-cpu": one("CPUUtilization", TEN_MINUTES, 85.001, 85),
    "service-memory": one("MemoryUtilization", TEN_MINUTES, 85.001, 85),
    "deployment-failed": one("MatchedEvents", ONCE, 1, 0),
    "spot-interruptions": one(
      "MatchedEvents",
      ONCE_IN_FIVE_MINUTES,
      bounds.fewestTasks,
      bounds.fewestTasks - 1,
    ),
    "task-failures": one("MatchedEvents", ONCE_IN_FIVE_MINUTES, 3, 2),
    "database-away": one("DatabaseConnections", [60, 3, 3], undefined, 1),
    ...Object.fromEntries(
      ["writer", "reader"].flatMap((role) => [
        [`${role}-cpu`, one("CPUUtilization", TEN_MINUTES, 85.001, 85)],
        [`${role}-memory`, one("FreeableMemory", TEN_MINUTES, 2 ** 28 - 1, 2 ** 28)],
        [`${role}-disk`, one("FreeLocalStorage", TEN_MINUTES, 2 ** 30 - 1, 2 ** 30)],
        [`${role}-burst-credits`, one("CPUCreditBalance", QUARTER_OF_AN_HOUR, 29.999, 30)],
      ]),
    ),
    "replica-lag": one("AuroraReplicaLagMaximum", [60, 5, 5], 5000.001, 5000),
    "nat-ports": one("ErrorPortAllocation", ONCE_IN_FIVE_MINUTES, 1, 0),
    "api-log-silent": one("IncomingLogEvents", QUARTER_OF_AN_HOUR, undefined, 1),
    "flow-log-silent": one("IncomingLogEvents", QUARTER_OF_AN_HOUR, undefined, 1),
    "edge-log-silent": {
      look: QUARTER_OF_AN_HOUR,
      rings: [{ Requests: 61, IncomingLogEvents: undefined }],
      silent: [
        { Requests: 60, IncomingLogEvents: undefined },
        { Requests: undefined, IncomingLogEvents: undefined },
        { Requests: 61, IncomingLogEvents: 1 },
      ],
    },
  };
}

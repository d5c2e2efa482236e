export { Alarm, type AlarmProps, type IAlarmAction } from "./alarm.ts";
export { Dashboard, type DashboardProps, type GraphWidgetProps, type SectionProps } from "./dashboard.ts";
export { type IMetric, MathExpression, Metric, type MetricOptions, type MetricProps } from "./metric.ts";
export { QueryDefinition, type QueryDefinitionProps } from "./query-definition.ts";

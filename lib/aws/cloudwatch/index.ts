export { Alarm, type AlarmProps, type IAlarmAction } from "./alarm.ts";
export { Dashboard, type DashboardProps, type GraphWidgetProps } from "./dashboard.ts";
export { Metric, type MetricOptions, type MetricProps } from "./metric.ts";

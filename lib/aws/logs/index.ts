export { allowLogDelivery } from "./delivery.ts";
export { LogGroup, type LogGroupProps } from "./log-group.ts";

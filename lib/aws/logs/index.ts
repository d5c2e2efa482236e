export { LogGroup, type LogGroupProps } from "./log-group.ts";

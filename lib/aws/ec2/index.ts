export { subdivide } from "./cidr.ts";
export { Connections, type ConnectionsProps, type IConnectable } from "./connections.ts";
export { FlowLog, type FlowLogProps } from "./flow-log.ts";
export { type IPeer, Peer } from "./peer.ts";
export { Port } from "./port.ts";
export { prefixListId } from "./prefix-list.ts";
export { type PrefixListRuleProps, SecurityGroup, type SecurityGroupProps } from "./security-group.ts";
export { Subnet, type SubnetProps } from "./subnet.ts";
export { Vpc, type VpcProps } from "./vpc.ts";

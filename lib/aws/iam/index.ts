export { PolicyStatement, type PolicyStatementProps, type Principal, policyDocument } from "./policy.ts";
export { type IGrantable, Role, type RoleProps } from "./role.ts";

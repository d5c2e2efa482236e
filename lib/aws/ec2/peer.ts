/** The other end of a security group rule, in the arguments of Terraform's standalone rules. */
export interface IPeer {
  readonly ruleTarget: {
    readonly cidrIpv4?: string;
    readonly prefixListId?: string;
    readonly referencedSecurityGroupId?: string;
  };
  /** Stable part of the rule's construct id. */
  readonly uniqueId: string;
}

/** Peers that are not constructs. */
export const Peer = {
  anyIpv4(): IPeer {
    return { ruleTarget: { cidrIpv4: "0.0.0.0/0" }, uniqueId: "AnyIpv4" };
  },

  /** An AWS-managed or own list of address ranges, by its id. */
  prefixList(prefixListId: string, uniqueId: string): IPeer {
    return { ruleTarget: { prefixListId }, uniqueId };
  },
};

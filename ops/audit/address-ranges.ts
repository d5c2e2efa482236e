import type { Json } from "../../local/terraform-json/index.ts";
import { each, type Rule, rule } from "./rule.ts";

/** Addresses of the network. */
export const addressRanges: readonly Rule[] = [
  rule({
    id: "subnet-ranges",
    source: "VPC user guide, Subnet CIDR blocks",
    words:
      "the network has private addresses, as nobody else has in the internet; its subnets lie inside of it, and beside each other",
    check: (config) => {
      const subnets = config.of("aws_subnet");
      return each(
        subnets,
        (subnet) => {
          const own = range(subnet.get("cidr_block"));
          const vpc = range(config.targets(subnet.get("vpc_id"), "aws_vpc")[0]?.get("cidr_block"));
          return (
            own !== undefined &&
            vpc !== undefined &&
            PRIVATE.some((range) => range.first <= vpc.first && vpc.last <= range.last) &&
            vpc.first <= own.first &&
            own.last <= vpc.last &&
            own.last - own.first >= 255 &&
            subnets.every((other) => {
              const its = range(other.get("cidr_block"));
              return other === subnet || !its || its.last < own.first || own.last < its.first;
            })
          );
        },
        "Give it a range of /24 or larger, inside of the VPC's, which is private, and apart from the other subnets'.",
      );
    },
  }),
];

/** An IPv4 range as its first and last address, as numbers; undefined for what is no range, or begins in its middle. */
function range(cidr: Json | undefined): { first: number; last: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(String(cidr));
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  const size = 2 ** (32 - prefix);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  return Math.max(a, b, c, d) > 255 || prefix > 32 || first % size !== 0
    ? undefined
    : { first, last: first + size - 1 };
}

/** RFC 1918, and RFC 6598, which VPCs take too. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].map(
  (each) => range(each)!,
);

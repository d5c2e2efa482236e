import { UserError } from "../aws/core/index.ts";
import { subdivide } from "../aws/ec2/index.ts";
import { integer, type SettingTable, text, zones } from "./kinds.ts";
import { REGION } from "./region.ts";

/** Where it runs. */
export const NETWORK = {
  vpcCidr: text({
    variable: "VPC_CIDR",
    fallback: "10.0.0.0/16",
    range: "an IPv4 range of /16 to /18",
    description: "Address range of the network; of a new environment, since a network cannot change it",
    pattern: /^(?!.*\b0\d)\d+(?:\.\d+){3}\/1[678]$/,
    check: checkAddressRange,
  }),
  availabilityZones: zones({
    variable: "AVAILABILITY_ZONES",
    region: REGION,
    fallback: [`${REGION}a`, `${REGION}b`],
    description: "Zones of the network; of a new environment, since subnets cannot move",
  }),
  natGateways: integer({
    variable: "NAT_GATEWAYS",
    fallback: 2,
    range: [1, 2],
    description: "1 costs less, 2 keep a zone independent of the other",
  }),
} as const satisfies SettingTable;

/**
 * RFC 1918, and RFC 6598, which VPCs take too: of public addresses the tasks could not reach those that have them in the internet.
 * @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
 */
function checkAddressRange(range: string): void {
  subdivide(range, 20).next();
  if (!/^(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./.test(range))
    throw new UserError(
      `'${range}' is not private: use a range of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10.`,
    );
}

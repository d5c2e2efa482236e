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

/** Ranges that no VPC can have. @see https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
function checkAddressRange(range: string): void {
  subdivide(range, 20).next();
  if (/^(?:0|127|169\.254|22[4-9]|2[3-5]\d)\./.test(range))
    throw new UserError(`'${range}' is reserved: use a private range, as 10.0.0.0/16.`);
}

import { UserError } from "../core/index.ts";

/**
 * Cuts an IPv4 range into equal blocks: `subdivide("10.0.0.0/16", 20)` yields 10.0.0.0/20, 10.0.16.0/20, …
 * Done here and not by Terraform's `cidrsubnet()`, so that addresses can be read in the synthesised JSON.
 *
 * @throws UserError when `cidr` is no IPv4 network address or has no room for a block of `newPrefix` bits
 */
export function* subdivide(cidr: string, newPrefix: number): Generator<string, never> {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match ? match.slice(1).map(Number) : [];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32)
    throw new UserError(`Address range '${cidr}' is not an IPv4 range: write it as 10.0.0.0/16.`);
  const start = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const end = start + 2 ** (32 - prefix);
  if (start % 2 ** (32 - prefix) !== 0)
    throw new UserError(
      `Address range '${cidr}' does not begin at its first address: write it as 10.0.0.0/16.`,
    );
  const size = 2 ** (32 - newPrefix);
  for (let block = start; block + size <= end; block += size) {
    yield `${[24, 16, 8, 0].map((shift) => Math.floor(block / 2 ** shift) % 256).join(".")}/${newPrefix}`;
  }
  throw new UserError(
    `Address range '${cidr}' has no room for that many /${newPrefix} subnets: take a larger one.`,
  );
}

import { isDeepStrictEqual } from "node:util";
import type { BulkRow } from "./schemas.ts";

/** A member of a product and what a row says that it is: `["name", "Lamp"]`, `["attributes.material", "wool"]`. */
export type Claim = readonly [member: string, value: unknown];

/** What rows have said of one product so far: member → value, and where it stands. */
export type Claims = Map<string, { value: unknown; at: number }>;

/** What a row says of its product, member by member. */
export function claimsOf({ product }: BulkRow): Claim[] {
  if (!product) return [];
  const { slug: _, attributes, ...members } = product;
  const claims: Claim[] = Object.entries(members).filter(([, value]) => value !== undefined);
  if (attributes === null) claims.push(["attributes", null]);
  for (const [name, value] of Object.entries(attributes ?? {})) claims.push([`attributes.${name}`, value]);
  return claims;
}

export interface Contradiction {
  member: string;
  value: unknown;
  other: unknown;
  /** Where the other value stands. */
  at: number;
}

/** The first claim that says otherwise than a row before: a product is one thing, whatever number of rows it has. */
export function findContradiction(known: Claims, claims: readonly Claim[]): Contradiction | undefined {
  for (const [member, value] of claims) {
    const other = known.get(member);
    if (other && !isDeepStrictEqual(other.value, value))
      return { member, value, other: other.value, at: other.at };
    for (const [name, { value: kept, at }] of member.startsWith("attributes") ? known : []) {
      // All of them removed here, one of them set there; or the other way round.
      const whole = member === "attributes" ? name.startsWith("attributes.") && kept !== null : false;
      const part = name === "attributes" && member !== "attributes" && value !== null;
      if (whole || part) return { member, value, other: kept, at };
    }
  }
  return undefined;
}

/** @param slug of the product; undefined: nobody knows it */
export function describeContradiction(
  { member, value, other }: Contradiction,
  there: string,
  slug: string | undefined,
): string {
  return `product.${member} is ${shown(value)} here and ${shown(other)} in ${there}, and ${slug === undefined ? "a product" : `product ${slug}`} has only one: make them equal, leave it out here, or tell two products apart by product.slug`;
}

const SHOWN = 60;

/** As JSON, or the beginning of it. */
export function shown(value: unknown): string {
  if (typeof value === "string" && value.length > SHOWN)
    return JSON.stringify(`${value.slice(0, SHOWN).toWellFormed()}…`);
  const text = JSON.stringify(value);
  return text.length <= 2 * SHOWN ? text : `${text.slice(0, SHOWN).toWellFormed()}…`;
}

import { hash } from "node:crypto";

/** A strong validator (RFC 9110, section 8.8.3) of exactly these bytes. */
export function etagOf(body: Buffer): string {
  return `"${hash("sha256", body, "base64url").slice(0, 22)}"`;
}

/** A product's: its version, for If-Match, and the hash, since the same version has several representations (`fields`). */
export function productEtag(version: number, body: Buffer): string {
  return `"${version}.${hash("sha256", body, "base64url").slice(0, 16)}"`;
}

/** If-None-Match (RFC 9110, section 13.1.2): the weak comparison, against a list or `*`. */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  if (header === etag) return false;
  if (header.trim() === "*") return false;
  return !opaqueTags(header).includes(etag);
}

/**
 * If-Match (RFC 9110, section 13.1.1) for a product: whether one of the entity tags was issued for this version. The `W/` that
 * CloudFront puts before a validator when it compresses is let pass: what decides is the version of the product, not the bytes.
 */
export function matchesVersion(header: string, version: number): boolean {
  if (header.trim() === "*") return true;
  return opaqueTags(header).some((tag) => tag.slice(1, -1).split(".")[0] === String(version));
}

const opaqueTags = (header: string): string[] => header.match(/"[^"]*"/g) ?? [];

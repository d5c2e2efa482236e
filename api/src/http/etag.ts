import { hash } from "node:crypto";

/** A strong validator (RFC 9110, section 8.8.3) of exactly these bytes. */
export function etagOf(body: Buffer): string {
  return `"${hash("sha256", body, "base64url").slice(0, 22)}"`;
}

/** A product's: its version, for If-Match, and the hash, since the same version has several representations (`fields`). */
export function productEtag(version: number, body: Buffer): string {
  return `"${version}.${hash("sha256", body, "base64url").slice(0, 16)}"`;
}

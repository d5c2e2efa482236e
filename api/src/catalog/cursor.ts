import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { Problem } from "../http/problem.ts";

/** Where a page ends: the position of its last item in the total order, and what the first page has counted. */
export interface Position {
  /** The value sorted by. */
  key: string | number;
  id: number;
  /** Undefined when nothing was counted. */
  total: Total | undefined;
}

export interface Total {
  value: number;
  /** eq: so many; gte: at least so many; about: counted in a random sample. */
  relation: "eq" | "gte" | "about";
}

const MAC_BYTES = 16;

/** Cursors are opaque and signed: nobody can make one, or use one on another list than it was issued for. */
export class Cursors {
  readonly #key: KeyObject;

  constructor(key: Buffer) {
    this.#key = createSecretKey(key); // once: from a Buffer every MAC would make one
  }

  /** @param list the canonical query without cursor, limit, fields: what identifies the list. */
  encode(list: string, { key, id, total }: Position): string {
    const counted = total === undefined ? [] : [total.value, total.relation];
    const payload = Buffer.from(JSON.stringify([key, id, ...counted]));
    return Buffer.concat([this.#mac(list, payload), payload]).toString("base64url");
  }

  /** @throws {Problem} invalid-cursor */
  decode(list: string, cursor: string): Position {
    const bytes = Buffer.from(cursor, "base64url");
    const mac = bytes.subarray(0, MAC_BYTES);
    const payload = bytes.subarray(MAC_BYTES);
    // The first test keeps to one spelling of each cursor; base64url has several.
    const genuine =
      bytes.toString("base64url") === cursor &&
      mac.length === MAC_BYTES &&
      timingSafeEqual(mac, this.#mac(list, payload));
    if (!genuine) {
      throw new Problem(
        "invalid-cursor",
        "cursor: use nextCursor of the page before, with the same filters, sort and currency",
      );
    }
    // Without a relation it is of the version before this one, which counted to 10,001.
    const [key, id, value, relation = value > 10_000 ? "gte" : "eq"] = JSON.parse(payload.toString());
    return { key, id, total: value === undefined ? undefined : { value, relation } };
  }

  #mac(list: string, payload: Buffer): Buffer {
    return createHmac("sha256", this.#key)
      .update(list)
      .update("\0")
      .update(payload)
      .digest()
      .subarray(0, MAC_BYTES);
  }
}

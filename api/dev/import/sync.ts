import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../../cli/user-error.ts";
import { exportedRows } from "../export.ts";
import { count } from "../progress.ts";
import type { Ledger } from "./ledger.ts";
import type { Target } from "./send.ts";

/** What the catalogue has and the file does not. */
export interface Gone {
  /** Products of which the file has no variant. */
  products: number;
  /** Variants of other products. */
  variants: number;
}

/** Compares the catalogue with the SKUs of the file; what is gone is kept in the ledger. */
export async function findGone(target: Target, ledger: Ledger): Promise<Gone> {
  const gone = { products: 0, variants: 0 };
  let product: { slug: string; kept: number; gone: string[] } | undefined;
  const close = () => {
    if (!product || product.gone.length === 0) return;
    const whole = product.kept === 0;
    if (whole) gone.products++;
    else gone.variants += product.gone.length;
    ledger.addGone(product.slug, whole ? [] : product.gone);
  };
  for await (const { sku, product: members } of exportedRows(target)) {
    const slug = members!.slug!;
    if (product?.slug !== slug) {
      close();
      product = { slug, kept: 0, gone: [] };
    }
    if (ledger.has(sku)) product.kept++;
    else product.gone.push(sku);
  }
  close();
  return gone;
}

export function describeGone({ products, variants }: Gone): string {
  const named = (number: number, one: string) => `${count(number)} ${one}${number === 1 ? "" : "s"}`;
  return `${named(products, "product")} and ${named(variants, "variant")} of other products`;
}

/** @throws UserError when the API stays away or refuses; what was removed until then is removed */
export async function removeGone(target: Target, ledger: Ledger): Promise<void> {
  for (const { slug, skus } of ledger.gone()) {
    target.signal.throwIfAborted();
    const path = `/v1/products/${encodeURIComponent(slug)}`;
    if (skus.length === 0) await ask(target, "DELETE", path, { "if-match": "*" });
    else await removeVariants(target, path, new Set(skus));
  }
}

/** Somebody may change the product meanwhile: then it is read again. */
async function removeVariants(target: Target, path: string, skus: ReadonlySet<string>): Promise<void> {
  for (;;) {
    const { status, body, etag } = await ask(target, "GET", `${path}/record`);
    if (status === 404) return;
    const { variants } = body as { variants: { sku: string }[] };
    const kept = variants.filter(({ sku }) => !skus.has(sku));
    if (kept.length === variants.length) return;
    const patch = JSON.stringify({ variants: kept });
    const patched = await ask(target, "PATCH", path, { "if-match": etag }, patch);
    if (patched.status !== 412) return;
  }
}

/** Tries again while the API is away. What is not there, or has changed, is for the caller. */
async function ask(
  { url, key, timeoutMs, signal }: Target,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<{ status: number; body: unknown; etag: string }> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        "x-api-key": key,
        ...headers,
        ...(body && { "content-type": "application/merge-patch+json" }),
      },
      ...(body && { body }),
      signal,
    }).catch((error: Error) => error);
    if (!(response instanceof Error)) {
      const { status } = response;
      const answer = await response.json().catch(() => undefined);
      if (status < 300 || status === 404 || status === 412)
        return { status, body: answer, etag: response.headers.get("etag") ?? "" };
      if (status < 500 && status !== 429)
        throw new UserError(
          `${path} was not removed (${status}: ${(answer as { detail?: string })?.detail}).`,
        );
    }
    signal.throwIfAborted();
    if (performance.now() > deadline)
      throw new UserError(`the API at ${url} does not answer: run the import again to remove the rest.`);
    await sleep(1_000);
  }
}

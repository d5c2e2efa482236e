/** The writes of the load: one product of its own, which is taken out again at the end. */
import { request } from "undici";
import { UserError } from "../../../cli/user-error.ts";
import type { Preview } from "../../contract/index.ts";

/** The product that the drills' writes are about. */
export const SLUG = "preview-drill";
const SKU = "PREVIEW-DRILL";

export interface WriteRequest {
  method: "PUT";
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** Price in minor units, by the number of the write that has set it. */
export const priceOf = (number: number): number => 100_000 + number;

/**
 * @param number of the write: each changes the product's price, so that none is skipped as unchanged.
 * @param variant which of the product's, of at most 200, and of which product. @default the one of the load
 */
export function writeRequest(apiKey: string, number: number, { slug = SLUG, sku = SKU } = {}): WriteRequest {
  const product = { slug, name: "Preview drill", brand: "Preview" };
  return {
    method: "PUT",
    path: "/v1/products:bulk?atomic=true",
    headers: { "x-api-key": apiKey, "content-type": "application/json" },
    body: JSON.stringify({ rows: [{ sku, prices: { EUR: priceOf(number) }, product }] }),
  };
}

/** One write, after which nothing that shows the whole catalogue is fresh. @throws when it is not carried out */
export async function changeCatalogue({ edgeUrl, apiKey }: Preview): Promise<void> {
  const { path, ...options } = writeRequest(apiKey, Date.now() % 1_000_000);
  const { statusCode, body } = await request(edgeUrl + path, options);
  const text = await body.text();
  if (statusCode !== 200) throw new UserError(`A write was answered ${statusCode}: ${text}`);
}

/** Takes a drill's product out. Does nothing when there is none, and gives up when the preview is going down. */
export async function removeWritten({ edgeUrl, apiKey }: Preview, slug = SLUG): Promise<void> {
  const headers = { "x-api-key": apiKey, "if-match": "*" };
  await request(`${edgeUrl}/v1/products/${slug}`, { method: "DELETE", headers })
    .then(({ body }) => body.dump())
    .catch(() => {});
}

/**
 * Compression at the edge.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { fieldText } from "../headers.ts";
import type { OriginResponse } from "./stored-response.ts";

const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) };
const SMALLEST_BYTES = 1000;
const LARGEST_BYTES = 10_000_000;
const compressible =
  /^(text\/(css|csv|html|javascript|js|markdown|plain|tab-separated-values|xml)|image\/svg\+xml|application\/(javascript|json|ld\+json|rss\+xml|wasm|xhtml\+xml|xml))\b/;

/** The response as CloudFront would pass it to a viewer that accepts the encodings (`br,gzip`), Brotli first. */
export async function compressed(response: OriginResponse, accepted: string): Promise<OriginResponse> {
  const { headers, body, status } = response;
  const encoding = accepted.split(",")[0] as "br" | "gzip" | "";
  const suits =
    encoding &&
    [200, 403, 404].includes(status) &&
    headers["content-encoding"] === undefined &&
    compressible.test(fieldText(headers["content-type"]) ?? "") &&
    body.length >= SMALLEST_BYTES &&
    body.length <= LARGEST_BYTES;
  if (!suits) return response;
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };
  const smaller = await (encoding === "br" ? compressors.br(body, options) : compressors.gzip(body));
  const etag = fieldText(headers.etag);
  return {
    status,
    body: smaller,
    headers: {
      ...headers,
      "content-encoding": encoding,
      "content-length": String(smaller.length),
      vary: headers.vary === undefined ? "Accept-Encoding" : `${headers.vary}, Accept-Encoding`,
      // Another representation of the same thing, so that the ETag holds only weakly.
      ...(etag && !etag.startsWith("W/") && { etag: `W/${etag}` }),
    },
  };
}

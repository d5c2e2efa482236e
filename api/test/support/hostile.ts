/** What clients send that mean no good, or do not know better. */
export const VALUES = [
  "' OR 1=1 --",
  "'; DROP TABLE products; --",
  "1) UNION SELECT name, value FROM settings --",
  "$1",
  "\\'; SELECT pg_sleep(10) --",
  "a' & 'b:* | !c",
  "{a,b}",
  "%00",
  "%C3%28",
  "%ff%fe",
  "%ED%A0%80",
  "%",
  "%2",
  "%u0041",
  "%E2%80%AE",
  "%F0%9F%92%A9",
  "%0d%0aSet-Cookie:%20a=b",
  "../../etc/passwd",
  "%2e%2e%2f%2e%2e%2f",
  "__proto__",
  "constructor",
  "toString",
  "[object Object]",
  "null",
  "undefined",
  "NaN",
  "-1",
  "0",
  "1e999",
  "1e3",
  "0x10",
  "9007199254740993",
  "99999999999999999999999999999999",
  "1.5",
  "true",
  "",
  "+",
  "a".repeat(3_000),
];
// What the client would refuse to send itself is encoded; what is encoded already stays as it is.
export const encoded = (value: string): string => (/^[%+]/.test(value) ? value : encodeURIComponent(value));
export const PARAMETERS: Record<string, string[]> = {
  "/v1/products": [
    "category",
    "brand",
    "minPrice",
    "maxPrice",
    "availability",
    "attribute",
    "q",
    "sort",
    "limit",
    "cursor",
    "fields",
    "count",
    "facets",
  ],
  "/v1/search": ["q", "brand", "attribute", "cursor", "limit"],
  "/v1/suggest": ["q", "limit"],
  "/v1/products/product-0": ["fields"],
  "/v1/categories": ["depth"],
};

/** Messages that are no proper HTTP, or ask for what no server here gives. */
export function malformed(apiKey: string): (string | Buffer)[] {
  const end = "\r\nhost: x\r\nconnection: close\r\n\r\n";
  const key = `authorization: Bearer ${apiKey}\r\n`;
  return [
    "\0\0\0\0\r\n\r\n",
    Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]),
    `GET /${"a".repeat(20_000)} HTTP/1.1${end}`,
    `GET /v1/products?q=${"a".repeat(5_000)} HTTP/1.1${end}`,
    Buffer.concat([
      Buffer.from("GET /v1/products?q="),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from(` HTTP/1.1${end}`),
    ]),
    `GET http://evil.example/v1/products HTTP/1.1${end}`,
    `GET * HTTP/1.1${end}`,
    `GET /v1/products HTTP/9.9${end}`,
    `BREW /v1/products HTTP/1.1${end}`,
    `GET /v1/products HTTP/1.1\r\n${"x: y\r\n".repeat(3_000)}connection: close\r\n\r\n`,
    `GET /v1/products HTTP/1.1\r\nhost : x\r\nconnection: close\r\n\r\n`,
    `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\n${key}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\n${key}content-length: -1\r\n\r\n`,
    `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\n${key}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nXYZ\r\n`,
    `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\n${key}content-type: application/json\r\ncontent-length: 9000000\r\n\r\n`,
  ];
}

/** The first parts of requests whose rest does not come. */
export function unfinished(apiKey: string): string[] {
  const head = (type: string, rest: string): string =>
    `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${apiKey}\r\ncontent-type: ${type}\r\n${rest}\r\n\r\n`;
  return [
    "GET /v1/prod",
    "GET /v1/products HTTP/1.1\r\nhost: x\r\n",
    `${head("application/json", "transfer-encoding: chunked")}5\r\n{"row\r\n`,
    `${head("application/x-ndjson", "transfer-encoding: chunked")}5\r\n{"sku\r\n`,
    `${head("application/json", "content-length: 100")}{"rows":[`,
    `${head("application/x-ndjson", "content-length: 100")}{"sku":"a"}\n`,
  ];
}

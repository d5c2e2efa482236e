import { API_KEY, row, unique } from "./api.ts";

/** The statuses of the answers, in their order. */
export const statuses = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
/** Parts of requests. */
export const KEY = `x-api-key: ${API_KEY}\r\n`;
export const JSON_BODY = "content-type: application/json\r\n";
export const CLOSE = "connection: close\r\n";
export const bulk = (headers: string, body = ""): string =>
  `PUT /v1/products:bulk HTTP/1.1\r\nhost: x\r\n${headers}\r\n${body}`;
export const get = (path: string, headers = CLOSE): string =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`;
export const rows = () => JSON.stringify({ rows: [row({ slug: `s-${unique()}` })] });
export const sized = (body: string): string => `content-length: ${Buffer.byteLength(body)}\r\n`;

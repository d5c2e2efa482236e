/** An AWS API call as it passes the gateway: which service, which operation, with what; and its answer. */
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

export interface Call {
  readonly method: string;
  /** Path with query string, as sent. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Signing name: `ecs`, `ec2`, `elasticloadbalancing`, `monitoring`, …; empty when the call is unsigned. */
  readonly service: string;
  readonly region: string;
  /** Operation in the JSON and query protocols (`CreateService`); for REST protocols `GET /first/second/path/parts`. */
  readonly operation: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reads service and region from the signature's credential scope, and the operation as each AWS protocol writes it. */
export function parseCall(request: IncomingMessage, body: Buffer): Call {
  const { method = "GET", url: path = "/", headers } = request;
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "");
  return {
    method,
    path,
    headers,
    body,
    region: scope?.[1] ?? "",
    service: scope?.[2] ?? "",
    operation: operationOf(method, path, headers, body),
  };
}

function operationOf(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): string {
  // awsJson: `X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateService`
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.slice(target.lastIndexOf(".") + 1);
  // rpcv2Cbor and rpcv2Json: `/service/GraniteServiceVersion20100801/operation/PutMetricAlarm`
  const rpc = /\/operation\/(\w+)$/.exec(path);
  if (rpc?.[1]) return rpc[1];
  // awsQuery and ec2Query: `Action=CreateVpc&…`
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const action = parameters({ body }).get("Action");
    if (action) return action;
  }
  return `${method} ${path.split("?")[0]}`;
}

/** The parameters of a query-protocol call. */
export function parameters({ body }: { body: Buffer }): URLSearchParams {
  return new URLSearchParams(body.toString());
}

/** The input of a JSON-protocol call, or the output in a JSON answer. */
export function json<T>({ body }: { body: Buffer }): T {
  return JSON.parse(body.toString() || "{}") as T;
}

export const isOk = ({ status }: ApiResponse): boolean => status >= 200 && status < 300;

/** The same answer with another body. */
export const withBody = (answer: ApiResponse, body: string): ApiResponse => ({
  ...answer,
  body: Buffer.from(body),
});

export const xmlResponse = (body: string): ApiResponse => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(`<?xml version="1.0"?>${body}`),
});

export const jsonResponse = (body: unknown, status = 200): ApiResponse => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: Buffer.from(JSON.stringify(body)),
});

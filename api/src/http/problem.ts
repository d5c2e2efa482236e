/**
 * The errors that a client can meet, as problem details (RFC 9457). `type` is stable: clients branch on it, and it resolves
 * to a description of the problem on this API.
 */
export const PROBLEMS = {
  "invalid-request": [400, "The request is not valid"],
  "unknown-parameter": [400, "The query string has a parameter that this operation does not know"],
  "invalid-cursor": [400, "The cursor was not issued by this API for this list"],
  unauthorized: [401, "A valid API key is required"],
  forbidden: [403, "The API key does not allow this"],
  "not-found": [404, "There is no such resource"],
  "method-not-allowed": [405, "The resource does not support this method"],
  "request-timeout": [408, "The request did not arrive in time"],
  conflict: [409, "The request conflicts with another resource or request"],
  "precondition-failed": [412, "A precondition of the request does not hold"],
  "content-too-large": [413, "The request body is too large"],
  "uri-too-long": [414, "The address is too long"],
  "unsupported-media-type": [415, "The content type is not supported"],
  "expectation-failed": [417, "The expectation of the request cannot be met"],
  "unprocessable-content": [422, "The request is well-formed but cannot be carried out"],
  "precondition-required": [428, "The request must be conditional"],
  "too-many-requests": [429, "This client sends too many requests"],
  "header-fields-too-large": [431, "The header fields are too large"],
  "internal-error": [500, "Something went wrong on the server"],
  "not-implemented": [501, "The server does not implement what the request asks for"],
  overloaded: [503, "The service is shedding load"],
  contention: [503, "Other writes were in the way"],
  locked: [503, "Somebody else holds what the request needs"],
  "database-unavailable": [503, "The database is away or does not accept writes"],
  "database-timeout": [503, "The database took too long"],
  "outcome-unknown": [503, "The write may have been carried out"],
  starting: [503, "The service is starting"],
  "version-not-supported": [505, "The version of HTTP is not supported"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemName = keyof typeof PROBLEMS;

export interface ProblemOptions {
  /** Response headers, such as Retry-After. */
  headers?: Record<string, string>;
  /** Members beside the standard ones (RFC 9457, section 3.2). */
  extensions?: Record<string, unknown>;
  cause?: unknown;
}

/** An error with an answer for the client. Thrown anywhere below a route. */
export class Problem extends Error {
  override name = "Problem";
  readonly problem: ProblemName;
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly extensions: Record<string, unknown>;

  constructor(problem: ProblemName, detail: string, options: ProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.problem = problem;
    this.statusCode = PROBLEMS[problem][0];
    this.headers = options.headers ?? (this.statusCode === 503 ? { "retry-after": "2" } : {});
    this.extensions = options.extensions ?? {};
  }

  /** @param instance the request's id, so that a report of the problem leads to the log lines. */
  body(instance: string): string {
    return JSON.stringify({
      type: problemType(this.problem),
      title: PROBLEMS[this.problem][1],
      status: this.statusCode,
      detail: this.message,
      instance: `urn:request:${instance}`,
      ...this.extensions,
    });
  }
}

export const PROBLEM_JSON = "application/problem+json";

export const problemType = (problem: ProblemName): string => `/problems/${problem}`;

/** Whether an answer is a fault of the service. 501 and 505 are none: whoever asks for what there is not is to know it. */
export const isFault = (statusCode: number): boolean =>
  statusCode >= 500 && statusCode !== 501 && statusCode !== 505;

/** Mistakes that one answer lists. */
export const MAX_ERRORS = 20;

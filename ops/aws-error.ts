/** What went wrong between a command and AWS, in a sentence that says what to do. */

interface SdkError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  /** Whose fault it is, of what a service answered. */
  readonly $fault?: "client" | "server";
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly hostname?: string;
  readonly address?: string;
  /** Of an answer that the client could not read. */
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const UNREACHABLE = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** The names under which services refuse credentials: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html and EC2's own. */
const CREDENTIALS =
  /^(?:ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidToken|AuthFailure|SignatureDoesNotMatch|InvalidAccessKeyId|IncompleteSignature|MissingAuthenticationToken)/;
/** A signature is good for minutes. The clients go by AWS's clock once they have been refused, so that few see this. */
const CLOCK = /^(?:RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)/;
const CLOCK_IN_WORDS = /^Signature (?:expired|not yet current)\b/;
const DENIED = /^(?:AccessDenied|UnauthorizedOperation|Unauthorized|NotAuthorized|Client\.Unauthorized|403$)/;
const THROTTLED =
  /^(?:Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|RequestThrottled|ProvisionedThroughputExceeded)/;

/** Whether nobody answered at all: no network, a proxy that is not named, or a region that there is not. */
export function isUnreachable(error: unknown): boolean {
  const { code = "", hostname, address, $metadata } = (error ?? {}) as SdkError;
  return UNREACHABLE.has(code) && (hostname ?? address ?? $metadata) !== undefined;
}

/** Undefined for what does not come from AWS's clients. */
export function awsErrorInWords(error: unknown): string | undefined {
  const {
    name = "",
    message = "",
    code,
    $fault,
    $metadata,
    hostname,
    address,
    $response,
  } = (error ?? {}) as SdkError;
  if (name === "CredentialsProviderError" || name === "TokenProviderError")
    return `There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${inOneLine(message)}).`;
  if (code === "ERR_PROXY_TUNNEL")
    return `The proxy leads to no AWS (${inOneLine(message)}): see HTTPS_PROXY and NO_PROXY.`;
  if (isUnreachable(error))
    return `AWS does not answer at ${hostname ?? address ?? "its address"} (${code}): check the network, and AWS_ENDPOINT_URL if it is set.`;
  // No service of AWS answers so: a proxy does, or a network that wants somebody to log in.
  if (/^text\/html\b/.test($response?.headers?.["content-type"] ?? ""))
    return "What answers in AWS's place is a web page: check the network, HTTPS_PROXY, and AWS_ENDPOINT_URL if it is set.";
  // What AWS answered, and the client could not read, has no side at fault: a defect, of ours or of the client.
  if (!$metadata || ($fault === undefined && name !== "TimeoutError")) return undefined;
  if (name === "TimeoutError") return "AWS did not answer in time: check the network, and run it again.";
  if (CLOCK.test(name) || CLOCK_IN_WORDS.test(message))
    return `AWS does not take the time of this machine (${name}): set its clock, and run it again.`;
  if (CREDENTIALS.test(name))
    return `AWS does not take these credentials (${name}): log in again, or set AWS_PROFILE to another profile.`;
  if (DENIED.test(name))
    return `AWS does not allow it: ${inOneLine(message)} The command 'bin/catalog policy' prints what whoever deploys needs.`;
  if (THROTTLED.test(name)) return `AWS asks for fewer calls (${name}): wait a minute, and run it again.`;
  if ($fault === "server" || ($metadata.httpStatusCode ?? 0) >= 500)
    return `AWS failed (${name}: ${inOneLine(message)}): run it again.`;
  return `AWS refused a call (${name}): ${inOneLine(message)}`;
}

function inOneLine(message: string): string {
  const text = message.replaceAll(/\s*\n\s*/g, " ").trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

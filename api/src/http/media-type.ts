/** A media type as a request names it (RFC 9110, section 8.3.1). */
export interface MediaType {
  /** `type/subtype`, in lower case: media types have no case. */
  readonly essence: string;
  /** Value of the parameter `charset`, in lower case. */
  readonly charset: string | undefined;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const MEDIA_TYPE = new RegExp(
  `^\\s*(${TOKEN}/${TOKEN})\\s*((?:;\\s*(?:${TOKEN}=(?:${TOKEN}|${QUOTED}))?\\s*)*)$`,
);
const CHARSET = new RegExp(`;\\s*charset=(?:"([^"]*)"|(${TOKEN}))`, "i");

/** @returns undefined when the header is missing or is no media type. */
export function parseMediaType(header: string | undefined): MediaType | undefined {
  const [, essence, parameters = ""] = MEDIA_TYPE.exec(header ?? "") ?? [];
  if (essence === undefined) return undefined;
  const [, quoted, bare] = CHARSET.exec(parameters) ?? [];
  return { essence: essence.toLowerCase(), charset: (quoted ?? bare)?.toLowerCase() };
}

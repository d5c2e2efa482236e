/** A media type as a request names it (RFC 9110, section 8.3.1). */
export interface MediaType {
  /** `type/subtype`, in lower case: media types have no case. */
  readonly essence: string;
  /** Value of the parameter `charset`, in lower case; several that differ, with commas between them. */
  readonly charset: string | undefined;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const VALUE = `(?:${TOKEN}|${QUOTED})`;
const MEDIA_TYPE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})\\s*((?:;\\s*(?:${TOKEN}=${VALUE}\\s*)?)*)$`);
const PARAMETER = new RegExp(`;\\s*(${TOKEN})=(${VALUE})`, "g");

/** @returns undefined when the header is missing or is no media type. */
export function parseMediaType(header: string | undefined): MediaType | undefined {
  const [, essence, parameters = ""] = MEDIA_TYPE.exec(header ?? "") ?? [];
  if (essence === undefined) return undefined;
  const charsets = [...parameters.matchAll(PARAMETER)].flatMap(([, name, value]) =>
    name!.toLowerCase() === "charset" ? [value!.replaceAll('"', "").toLowerCase()] : [],
  );
  return { essence: essence.toLowerCase(), charset: [...new Set(charsets)].join(", ") || undefined };
}

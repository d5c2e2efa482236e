/** The files of the page: plain HTML, CSS and modules that the browser takes as they are. */
import { readFile } from "node:fs/promises";
import { extname } from "node:path";

const folder = new URL("./page/", import.meta.url);

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The page loads nothing from elsewhere, runs no inline script or style, and may not be framed. */
const securityHeaders = {
  "content-security-policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

export interface PageFile {
  headers: Record<string, string>;
  body: Buffer | string;
}

/**
 * The file of the page under a URL path: `/` is `index.html`, all others lie flat beside it. They are read at each
 * request, so that a change shows on reload.
 *
 * @param token goes into `<meta name="preview-token">`: proof, for actions, that the caller could read the page,
 *   which another site's script in the same browser cannot (https://owasp.org/www-community/attacks/csrf).
 * @returns undefined when there is no such file.
 */
export async function pageFile(path: string, token: string): Promise<PageFile | undefined> {
  const name = path === "/" ? "index.html" : path.slice(1);
  const type = contentTypes[extname(name)];
  if (!type || !/^[a-z-]+\.[a-z]+$/.test(name)) return undefined;
  const bytes = await readFile(new URL(name, folder)).catch(() => undefined);
  if (!bytes) return undefined;
  return {
    headers: { ...securityHeaders, "content-type": type, "cache-control": "no-store" },
    body: name === "index.html" ? bytes.toString().replace("{{token}}", token) : bytes,
  };
}

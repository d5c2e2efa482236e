/** The real browser of the page's tests: Debian's Chromium, in a profile of its own. */
import { access } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

/**
 * Why the tests cannot run here, if they cannot: for the `skip` of a suite.
 *
 * @throws on a CI machine, where a test that is left out is a failure
 */
export async function missingBrowser(): Promise<string | false> {
  const missing = await access(executablePath).then(
    () => false,
    () => true,
  );
  if (!missing) return false;
  const hint = `${executablePath} is not there: apt install chromium, or set CHROMIUM to a browser's path.`;
  if (process.env.CI === "true") throw new Error(hint);
  return hint;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

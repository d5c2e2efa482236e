import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { PreviewDrills } from "../../../preview/drills/runner.ts";
import { type Running, runPreview } from "../running.ts";
import { launchBrowser, missingBrowser } from "./browser.ts";

const timeout = 120_000;
const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const skip = await missingBrowser();

describe("the page, in a real browser on a real preview", { timeout: 600_000, skip }, () => {
  let running: Running;
  let browser: Browser;
  /** What no visit may leave: messages on the console, requests to other hosts. */
  const complaints: string[] = [];

  before(
    async () => {
      running = await runPreview(20, (preview) => new PreviewDrills(preview));
      browser = await launchBrowser();
    },
    { timeout },
  );
  after(async () => {
    await browser?.close();
    await running?.close();
  });
  afterEach(() => assert.deepEqual(complaints.splice(0), []));

  /** Opens the page and waits until it is live. */
  async function open(options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.setDefaultTimeout(30_000);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith(`${running.preview.controlUrl}/`)) complaints.push(request.url());
    });
    await page.goto(running.preview.controlUrl);
    await page.locator("#connection.good").waitFor();
    await page.locator("#tasks .task.healthy").nth(1).waitFor();
    return page;
  }

  const text = (page: Page, id: string) => page.locator(`#${id}`).innerText();

  const untilText = (page: Page, id: string, hasText: RegExp) =>
    page.locator(`#${id}`, { hasText }).waitFor({ state: "attached" });

  /** A value that only the page itself can tell. The expression is its code, not this file's. */
  const inPage = <T>(page: Page, expression: string) => page.evaluate<T>(expression);

  /** Violations of WCAG 2.2 at levels A and AA, and of axe's own good practice. */
  async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axeSource); // not as a script element: the page's policy forbids it
    const { violations } = await page.evaluate<AxeResults>("axe.run()");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }

  it("shows what runs, and its values move with the traffic", { timeout }, async () => {
    const page = await open();
    assert.equal(await text(page, "database-engine"), running.preview.snapshot().database.engine);
    // The page hears once a second of what a busy machine may change meanwhile: it scales out, or replaces a task.
    const isAsItIs = async () => {
      const names = await page.locator("#tasks .task b").allInnerTexts();
      const healthy = await text(page, "balancer-healthy");
      const { balancer, service, tasks } = running.preview.snapshot();
      const live = tasks.filter(({ status }) => status !== "STOPPED").map(({ id }) => id);
      return (
        healthy === `${balancer.healthy} of ${service.desired}` &&
        names.toSorted().join() === live.toSorted().join()
      );
    };
    for (const deadline = performance.now() + 60_000; !(await isAsItIs()); await delay(100))
      assert.ok(performance.now() < deadline, "the page shows other tasks than there are");
    const before = await page.locator("#chart-grid path.line").first().getAttribute("d");
    const asking = setInterval(() => void fetch(`${running.preview.edgeUrl}/v1/products`), 20);
    try {
      await untilText(page, "edge-requests", /^[1-9]\d* \/s$/);
      await untilText(page, "edge-hits", /^[1-9]\d* %$/);
      const rising = await page.locator("#chart-grid path.line").first().getAttribute("d");
      assert.notEqual(rising, before);
      const legend = await page.locator("#chart-grid figure").first().innerText();
      assert.match(legend, /at the edge\s+[1-9]/);
    } finally {
      clearInterval(asking);
    }
    await page.close();
  });

  it("works by keyboard: a button is reached, seen and pressed, and what follows is announced", {
    timeout,
  }, async () => {
    const page = await open();
    for (let presses = 0; presses < 10; presses++) {
      await page.keyboard.press("Tab");
      if (await page.locator("button:focus", { hasText: "Empty the cache" }).count()) break;
    }
    const outline = await inPage(page, "getComputedStyle(document.activeElement).outlineStyle");
    assert.equal(outline, "solid", "a button that has the focus shows it");
    await page.keyboard.press("Enter");
    await untilText(page, "log", /The cache was emptied/);
    await untilText(page, "announcement", /The cache was emptied/);
    assert.equal(await page.locator("#announcement").getAttribute("aria-live"), "polite");
    const newest = await page.locator("#log li").first().innerText();
    assert.match(newest, /The cache was emptied/);
    await page.close();
  });

  it("runs a drill by keyboard, shows its figures, and keeps the focus where it was", {
    timeout,
  }, async () => {
    const page = await open();
    const button = page.locator('#drill-list li[data-key="bypass"] button');
    await button.focus();
    await page.keyboard.press("Space");
    await page.locator('#drill-list li[data-key="bypass"] .chip.now').waitFor();
    const other = page.locator('#drill-list li[data-key="spike"] button');
    assert.equal(await other.getAttribute("aria-disabled"), "true");
    await page.locator('#drill-list li[data-key="bypass"] .chip.good').waitFor({ timeout: 60_000 });
    assert.equal(await page.locator('#drill-list li[data-key="bypass"] button:focus').count(), 1);
    const result = await text(page, "result");
    assert.match(result, /403 × \d+\s+403 × \d+\s+holds/);
    assert.match(result, /Reads during/);
    await untilText(page, "announcement", /Bypass of the edge: everything holds/);
    await page.close();
  });

  it("moves through time with the arrow keys", { timeout }, async () => {
    const page = await open();
    await page.locator("#chart-grid path.line").first().waitFor({ state: "attached" });
    await page.locator("#chart-grid").focus();
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press("ArrowLeft");
    assert.match(await text(page, "cursor-time"), /^at \d\d:\d\d:\d\d$/);
    assert.ok((await page.locator("#chart-grid path.cursor").count()) > 0);
    await page.keyboard.press("Escape");
    assert.equal(await text(page, "cursor-time"), "");
    await page.close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has no accessibility violation that axe can find (${colorScheme})`, { timeout }, async () => {
      const page = await open({ colorScheme });
      assert.deepEqual(await violations(page), []);
      await page.close();
    });
  }

  it("fits a narrow screen without scrolling sideways", { timeout }, async () => {
    const page = await open({ viewport: { width: 320, height: 640 } });
    const scroll = await inPage<number>(page, "document.documentElement.scrollWidth");
    const client = await inPage<number>(page, "document.documentElement.clientWidth");
    assert.ok(scroll <= client, `${scroll} pixels wide on a screen of ${client}`);
    assert.deepEqual(await violations(page), []);
    await page.close();
  });

  it("stands still for whoever asked for less motion", { timeout }, async () => {
    const animation = async (reducedMotion: "reduce" | "no-preference") => {
      const page = await open({ reducedMotion });
      await inPage(page, 'document.querySelector(".link").classList.add("flowing")');
      const name = await inPage<string>(
        page,
        'getComputedStyle(document.querySelector(".link"), "::after").animationName',
      );
      await page.close();
      return name;
    };
    assert.equal(await animation("reduce"), "none");
    assert.notEqual(await animation("no-preference"), "none");
  });

  it("lets nothing run that is not the page's own", { timeout }, async () => {
    const page = await open();
    await inPage(
      page,
      `document.body.append(Object.assign(document.createElement("script"), { textContent: "document.title = 'run'" }))`,
    );
    assert.notEqual(await page.title(), "run");
    assert.match(complaints.splice(0).join(), /Content Security Policy/);
    await page.close();
  });

  it("says when the preview is gone", { timeout }, async () => {
    const page = await open();
    await running.preview.stop({ force: true });
    await page.locator("#connection.bad").waitFor();
    assert.equal(await text(page, "connection"), "not running");
    await untilText(page, "alarm", /does not answer/);
    assert.equal(await page.locator("#alarm").getAttribute("aria-live"), "assertive");
    await page.close();
    const lost = complaints.splice(0);
    assert.ok(
      lost.every((message) => /Failed to load resource|net::ERR/.test(message)),
      lost.join("\n"),
    );
  });
});

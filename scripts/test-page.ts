/**
 * `npm run test:page [-- --browser PATH] [--pictures FOLDER]`: an exported page in a real Chromium, before a release. What it
 * is made of is tested without one (test/sessions/export/html.test.ts).
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { example } from "../test/sessions/export/example.ts";
import { inFolder, ledger } from "../test/sessions/export/ledger.ts";

const USUAL = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const TITLE = "Make the parser keep comments";
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  desk: { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
  "desk-dark": { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light", isMobile: true, hasTouch: true },
  "phone-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark", isMobile: true, hasTouch: true },
  "no-script": { viewport: { width: 1100, height: 900 }, colorScheme: "light", javaScriptEnabled: false },
};

const { values } = parseArgs({ options: { browser: { type: "string" }, pictures: { type: "string" } } });
const executablePath = values.browser ?? USUAL.find((path) => existsSync(path));
if (executablePath === undefined) throw new Error("no Chromium found: name one with --browser");

await inFolder(async (folder) => {
  const one = ledger(folder, "one");
  await one.append(example);
  const { path } = await one.exported(example[0]?.thread.id ?? "", "html", true);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    for (const [name, look] of Object.entries(LOOKS)) {
      await check(browser, look, path, name);
      console.log(`${name}: as it should be`);
    }
  } finally {
    await browser.close();
  }
});

/** @throws AssertionError */
async function check(browser: Browser, look: BrowserContextOptions, path: string, name: string): Promise<void> {
  const context = await browser.newContext(look);
  const page = await context.newPage();
  const heard: string[] = [];
  page.on("console", (message) => heard.push(message.text()));
  page.on("pageerror", (error) => heard.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("data:")) heard.push(request.url());
  });
  const address = pathToFileURL(path).href;
  await page.goto(address);

  const call = page.locator("details.tool").first();
  assert.equal(await call.locator("pre").first().isVisible(), false, "a tool call is folded");
  await call.locator("summary").click();
  assert.equal(await call.locator("pre").first().isVisible(), true, "it unfolds");
  await page.locator('nav a[href="#t3"]').click();
  assert.equal(new URL(page.url()).hash, "#t3");
  assert.equal(await page.locator("#t3 h2").isVisible(), true);

  const ground = await page.locator("body").evaluate((body) => {
    const view = body.ownerDocument.defaultView;
    return view?.getComputedStyle(body).backgroundColor;
  });
  assert.equal(ground, look.colorScheme === "dark" ? "rgb(22, 22, 20)" : "rgb(251, 250, 248)");
  await unfold(page);
  const [wide, room] = await page.locator("html").evaluate((html) => [html.scrollWidth, html.clientWidth]);
  assert.equal(wide, room, "nothing stands out at the side");
  assert.equal(await page.title(), TITLE, "nothing that was said has run");
  assert.deepEqual(heard, [address], "nothing is complained of, nothing else is asked for");
  if (values.pictures !== undefined) {
    await page.screenshot({ path: join(values.pictures, `${name}.png`), fullPage: true });
  }
  await context.close();
}

/** Everything is open and laid out, as if a person had gone through all of it. */
async function unfold(page: Page): Promise<void> {
  await page.locator("details").evaluateAll((all) => {
    for (const details of all) details.setAttribute("open", "");
  });
  await page.locator("section").evaluateAll((all) => {
    for (const { style } of all as unknown as { style: { contentVisibility: string } }[]) {
      style.contentVisibility = "visible";
    }
  });
}

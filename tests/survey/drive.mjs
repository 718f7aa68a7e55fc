// Drives a built site in headless Chromium, as people use it: `node drive.mjs SITE SCREENSHOTS`.
//
// Run by `.ci/run site`, which installs playwright-core, axe-core and a Chromium from the npm registry beside it. It
// fails on a console error, on a request that leaves the site, on a serious finding of axe-core, and where searching,
// sorting, filters from an address, a package's page or a badge do not do what they should.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFile, mkdir } from "node:fs/promises";
import { extname, join, normalize, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [site, shots] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(process.cwd(), "package.json"));
const { chromium } = require("playwright-core");
const { default: packed } = await import(pathToFileURL(require.resolve("@sparticuz/chromium")));
const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
await mkdir(shots, { recursive: true });

const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".svg": "image/svg+xml", ".xml": "application/atom+xml" };
const server = createServer(async (asked, answer) => {
  const path = normalize(decodeURIComponent(new URL(asked.url, "http://x").pathname)).replace(/\/$/, "/index.html");
  try {
    const body = await readFile(join(site, path));
    answer.writeHead(200, { "Content-Type": types[extname(path)] ?? "text/plain" }).end(body);
  } catch {
    answer.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}/`;

const browser = await chromium.launch({ args: ["--no-sandbox", "--disable-gpu"], executablePath: await packed.executablePath(), headless: true });
const troubles = [];
let checked = 0;

async function open(path, { dark = false, phone = false, from = base } = {}) {
  const context = await browser.newContext({
    colorScheme: dark ? "dark" : "light",
    viewport: phone ? { width: 375, height: 740 } : { width: 1280, height: 900 },
    bypassCSP: false,
  });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && troubles.push(`${path}: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`${path}: ${error}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(from) && !url.startsWith("data:")) troubles.push(`${path}: asks ${url}`);
  });
  const began = performance.now();
  const answer = await page.goto(from + path);
  assert.ok(from.startsWith("file:") || answer.status() === 200, path);
  page.opened = performance.now() - began;
  return page;
}

async function accessible(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const one of violations) {
    const where = one.nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ");
    const text = `${name}: axe ${one.impact} ${one.id}: ${one.help} (${where})`;
    if (["serious", "critical"].includes(one.impact)) troubles.push(text);
    else console.log(text);
  }
  checked += 1;
}

const rows = JSON.parse(await readFile(join(site, "data/packages.json"), "utf8"));
const some = rows.find((row) => row.modules > 0) ?? rows.find((row) => row.verdict);
const hit = Object.keys(rows.find((row) => Object.keys(row.rules).length)?.rules ?? {});
const details = [...hit.slice(0, 1).map((rule) => `rules/${rule}.html`), ...some.generators.slice(0, 1).map(([name]) => `generators/${name}.html`)];
const pages = ["index.html", "packages.html", "blockers.html", "changes.html", "about.html", "generators/index.html", "rules/index.html", ...details, `p/${some.slug}.html`];
for (const path of pages) {
  for (const dark of [false, true]) {
    for (const phone of [false, true]) {
      const page = await open(path, { dark, phone });
      const name = path.replaceAll("/", "-").replace(".html", "") + (dark ? "-dark" : "") + (phone ? "-phone" : "");
      await accessible(page, name);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the screen`);
      if (dark !== phone) await page.screenshot({ path: join(shots, name + ".png"), fullPage: true });
      if (!dark && !phone) await page.screenshot({ path: join(shots, name + ".png"), fullPage: true });
      await page.context().close();
    }
  }
}

// The table: search, filter, sort, and all of it in the address.
const table = await open("packages.html");
const texts = () => table.locator("#packages tbody th").allTextContents();
assert.equal((await texts()).length, Math.min(100, rows.length));
await table.keyboard.press("/");
await table.keyboard.type(some.name);
assert.ok((await texts()).includes(some.name));
assert.match(table.url(), new RegExp(`q=${some.name}`));
await table.locator("#q").fill("");
await table.locator("th[data-key=score] button").click();
const scores = (await table.locator("#packages tbody td:nth-child(4)").allTextContents()).map((text) => Number(text) || -1);
assert.deepEqual(scores, [...scores].sort((a, b) => b - a), "sorted by score, best first");
assert.equal(await table.locator("th[data-key=score]").getAttribute("aria-sort"), "descending");
const shared = await open(`packages.html?verdict=${some.verdict}&sort=-name`);
const filtered = await shared.locator("#packages tbody .verdict").allTextContents();
assert.ok(filtered.length > 0 && filtered.every((text) => text === some.verdict), "the address filters");
assert.equal(await shared.locator("#verdict").inputValue(), some.verdict);
await shared.locator("#q").fill("no such package at all");
assert.match(await shared.locator("#status").textContent(), /^0 of /);
const hostile = await open("packages.html?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&sort=__proto__&page=-9&verdict=%22");
assert.equal(await hostile.locator("#packages tbody img").count(), 0);

// By keyboard alone to a package's page.
const keys = await open("packages.html");
await keys.locator("#q").fill(some.name);
await keys.locator("#packages tbody a", { hasText: new RegExp(`^${some.name}$`) }).focus();
await keys.keyboard.press("Enter");
await keys.waitForURL(`**/p/${some.slug}.html`);
assert.match(await keys.locator("h1").textContent(), new RegExp(some.name));
const badge = keys.locator("img[src$='.svg']");
assert.ok(await badge.evaluate((image) => image.complete && image.naturalWidth > 50), "the badge is drawn");

// From a disk, without any server.
const disk = pathToFileURL(site).href + "/";
const local = await open("packages.html", { from: disk });
assert.equal(await local.locator("#packages tbody tr").count(), Math.min(100, rows.length));

// How long a key press takes until the table is drawn anew.
const speed = await open("packages.html");
const took = await speed.evaluate(async () => {
  const field = document.getElementById("q");
  const times = [];
  for (const text of ["p", "pr", "pro", "", "a", "e", "1", ""]) {
    const began = performance.now();
    field.value = text;
    field.dispatchEvent(new Event("input"));
    document.body.getBoundingClientRect();
    times.push(performance.now() - began);
  }
  return Math.max(...times);
});
console.log(`${rows.length} rows: the slowest of 8 key presses took ${took.toFixed(1)} ms, the table opened in ${speed.opened.toFixed(0)} ms`);
assert.ok(took < 100, `a key press took ${took} ms`);

await browser.close();
server.close();
assert.deepEqual(troubles, []);
console.log(`${checked} pages looked at; no console error, no request to elsewhere, nothing serious from axe-core`);

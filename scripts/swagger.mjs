// Signs up, logs in, authorises and creates an event through Swagger UI in a real browser, refuses any
// request to another host, and takes docs/images/swagger.png.
//
//   node scripts/swagger.mjs http://127.0.0.1:3000 [picture.png]
//
// Needs Chromium (package chromium; CHROMIUM names another path) and scripts/tools/install.sh.
import { strict as assert } from "node:assert";

const playwright = new URL("../target/tools/npm/node_modules/playwright-core/index.mjs", import.meta.url);
const { chromium } = await import(playwright);
const [base = "http://127.0.0.1:3000", picture = "docs/images/swagger.png"] = process.argv.slice(2);

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
const foreign = [];
const faults = [];
page.on("request", (request) => {
  const address = request.url();
  if (!address.startsWith(base) && !address.startsWith("data:") && !address.startsWith("blob:")) foreign.push(address);
});
page.on("pageerror", (error) => faults.push(String(error)));
page.on("console", (message) => message.type() === "error" && faults.push(message.text()));

/** Fills in an operation, executes it, and answers its status and JSON. */
async function call(tag, id, { body, path = {} } = {}) {
  const block = page.locator(`#operations-${tag}-${id}`);
  await block.locator(".opblock-summary-control").click();
  for (const [name, value] of Object.entries(path)) {
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body) await block.locator("textarea.body-param__text").fill(JSON.stringify(body, null, 2));
  const answered = page.waitForResponse((response) => response.url().startsWith(`${base}/v1/`));
  await block.locator("button.execute").click();
  const answer = await answered;
  const text = await answer.text();
  await block.locator(".live-responses-table .response-col_status").first().waitFor();
  return { status: answer.status(), json: text ? JSON.parse(text) : null, block };
}

await page.goto(`${base}/docs`);
await page.locator(".opblock").first().waitFor();

const name = `g${Date.now() % 100_000_000}`;
const email = `${name}@example.com`;
const password = "kimbap-4-all";
const signUp = await call("Auth", "signUp", {
  body: { email, nickname: name, password, passwordConfirmation: password },
});
assert.equal(signUp.status, 201, JSON.stringify(signUp.json));
const logIn = await call("Auth", "logIn", { body: { email, password } });
assert.equal(logIn.status, 200, JSON.stringify(logIn.json));

await page.locator(".auth-wrapper > .btn.authorize").click();
await page.locator(".modal-ux input").fill(logIn.json.accessToken);
await page.locator(".modal-ux button.authorize").click();
await page.locator(".modal-ux .btn-done").click();

const calendars = await call("Calendars", "listCalendars");
assert.equal(calendars.status, 200, JSON.stringify(calendars.json));
const event = await call("Events", "createEvent", {
  path: { calendarId: calendars.json.items[0].id },
  body: {
    title: "Picnic by the Han",
    start: { dateTime: "2026-12-05T11:00:00", timeZone: "Asia/Seoul" },
    end: { dateTime: "2026-12-05T14:00:00", timeZone: "Asia/Seoul" },
  },
});
assert.equal(event.status, 201, JSON.stringify(event.json));

// For the picture: no token in it, and the answer on the same screen as the question.
await page.addStyleTag({ content: ".curl-command { display: none } textarea { height: 170px; min-height: 0 !important }" });
await page.evaluate((top) => window.scrollTo(0, top), await event.block.evaluate((node) => node.offsetTop));
await page.screenshot({ path: picture });
await browser.close();
assert.deepEqual(foreign, [], "the page asked other hosts");
assert.deepEqual(faults, [], "the page complained");
console.log(`ok: signed up, logged in, authorised, created ${event.json.id}; picture in ${picture}`);

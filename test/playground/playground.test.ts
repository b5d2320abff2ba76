import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { openBrowser } from '../support/open-browser.ts';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

/** Opens the playground and waits until it knows the graph. */
async function openPlayground(browser: BrowserContext, gateway: OpenGateway): Promise<Page> {
  const page = await browser.newPage();
  const introspected = page.waitForResponse(
    (response) => response.request().method() === 'POST' && response.ok(),
  );
  await page.goto(gateway.graphqlUrl);
  await introspected;
  await page.getByRole('button', { name: /^Execute query/ }).waitFor();
  return page;
}

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab').getByText(name, { exact: true }).click();
  // The page writes what it is about to run into its address, and only then can it be run.
  await page.waitForURL((url) => url.searchParams.get('query')?.includes(` ${name}`) ?? false);
}

/** Runs the tab that is open and waits for the text in its result. */
async function run(page: Page, expected: string): Promise<void> {
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await page.getByLabel('Result Window').filter({ hasText: expected }).waitFor();
}

test('the playground opens on the journey, with the key filled in', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const page = await openPlayground(browser, gateway);

  assert.equal(await page.title(), 'Atlas Gateway');
  assert.deepEqual(await page.getByRole('tab').allInnerTexts(), [
    'OpenFlow',
    'UploadDocuments',
    'WatchFlow',
    'ReadFlow',
    'MatchAddresses',
    'RunBatch',
  ]);
  await page.getByLabel('Variables').filter({ hasText: '"application-1"' }).waitFor();
  await openTab(page, 'UploadDocuments');
  await page.getByLabel('Variables').filter({ hasText: '"flowUuid"' }).waitFor();
  await page.getByRole('button', { name: 'Headers' }).click();
  await page
    .getByLabel('Headers')
    .filter({ hasText: `Bearer ${gateway.apiKey}` })
    .waitFor();
});

test('the journey runs in the playground, tab by tab, and nothing leaves for elsewhere', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const asked: string[] = [];
  const complaints: string[] = [];
  browser.on('request', (request) => asked.push(request.url()));
  browser.on('weberror', (error) => complaints.push(error.error().message));
  browser.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  const page = await openPlayground(browser, gateway);

  await run(page, '"state": "NOT_STARTED"');
  await openTab(page, 'UploadDocuments');
  await run(page, '"state": "PENDING"');
  await openTab(page, 'WatchFlow');
  await run(page, '"state": "SUCCESS"');
  await openTab(page, 'ReadFlow');
  await run(page, '"documentType": "AADHAAR"');
  await openTab(page, 'MatchAddresses');
  await run(page, '"similarityScore": 100');
  await openTab(page, 'RunBatch');
  await run(page, '"submitted": 2');

  assert.deepEqual(complaints, []);
  const elsewhere = asked.filter(
    (url) => !/^(data|blob):/.test(url) && !url.startsWith(gateway.app.url),
  );
  assert.ok(asked.length > 7);
  assert.deepEqual(elsewhere, []);
});

test('the playground runs no script but its own and reaches no address but the gateway', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const elsewhere = await openGateway(t);
  const page = await openPlayground(browser, gateway);

  await page.evaluate(`{
    const intruder = document.createElement('script');
    intruder.textContent = 'globalThis.hasIntruded = true';
    document.head.append(intruder);
  }`);
  assert.equal(await page.evaluate('globalThis.hasIntruded'), undefined);
  await assert.rejects(page.evaluate(`fetch('${elsewhere.app.url}/health', { mode: 'no-cors' })`));
  assert.equal(await page.evaluate(`fetch('/health').then(({ status }) => status)`), 200);
});

test('a playground that is opened again still has its tabs and the key', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const page = await openPlayground(browser, gateway);
  await run(page, '"state": "NOT_STARTED"');

  await page.reload();
  await page.getByRole('tab').nth(5).waitFor();
  assert.equal(await page.getByRole('tab').count(), 6);
  await openTab(page, 'ReadFlow');
  await run(page, '"documents": []');
});

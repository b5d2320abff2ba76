import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorCodes } from '../../src/schema/operation/errors.ts';
import { builtDocuments } from '../support/docs/built-documents.ts';
import { openBrowser } from '../support/open-browser.ts';
import { openGateway } from '../support/open-gateway.ts';

test('a reader finds a page by search, follows links, and the browser refuses nothing', async (t) => {
  builtDocuments();
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const origin = new URL(gateway.graphqlUrl).origin;
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('requestfailed', (request) => complaints.push(request.url()));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin)) complaints.push(request.url());
  });

  await page.goto(`${origin}/docs/`);
  await page.getByRole('heading', { level: 1, name: 'Atlas Gateway' }).waitFor();
  await page.getByRole('button', { name: 'Search' }).first().click();
  await page.getByPlaceholder('Search').fill('OUTCOME_UNKNOWN');
  await page.getByRole('option').first().click();
  await page.waitForURL(({ pathname }) => pathname !== '/docs/');
  await page.getByText('OUTCOME_UNKNOWN').first().waitFor();
  await page.goto(`${origin}/docs/reference/graph/FlowStatus`);
  await page.getByRole('link', { name: 'Freshness', exact: true }).first().click();
  await page.waitForURL(/\/docs\/reference\/graph\/Freshness$/);
  await page.getByRole('heading', { level: 1, name: 'Freshness' }).waitFor();
  for (const code of errorCodes) {
    const { status } = await fetch(`${origin}/docs/reference/errors/${code}`);
    assert.equal(status, 200, code);
  }
  assert.deepEqual(complaints, []);
});

test('a page of the documents fits the width of a phone', async (t) => {
  builtDocuments();
  const browser = await openBrowser(t);
  if (browser === null) return;
  const gateway = await openGateway(t);
  const page = await browser.newPage();
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['', 'partner/journey', 'operator/configuration', 'reference/graph/Flow']) {
    await page.goto(`${new URL(gateway.graphqlUrl).origin}/docs/${path}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `${path} is ${width} pixels wide`);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openGateway } from '../support/open-gateway.ts';
import {
  editorsOf,
  openPlayground,
  openTopic,
  runAndSee,
  see,
  uuidIn,
} from '../support/playground/open-playground.ts';

const timeout = 110_000;
/** The page before an Atlas elsewhere: no key, no stories. */
const elsewhere = { apiKey: null, isSandbox: false, stories: [] };

async function giveKey(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key or token').fill(key);
  await page.getByRole('button', { name: 'Use this key' }).click();
}

test('before an Atlas elsewhere one key serves all pages and the schema', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { page: elsewhere, apiKey: 'Kq7w-key-of-an-operator' });
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page, requests, complaints } = playground;
  const dialog = page.getByRole('dialog', { name: 'API key' });

  await t.test('without a key the page explains, and sends nothing', async () => {
    await page.getByText('This gateway stands before a real Atlas').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Run the journey' }).count(), 0);
    assert.equal(await page.getByRole('button', { name: 'Stories' }).count(), 0);
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByText('The gateway shows its schema to callers with a key.').waitFor();
    assert.deepEqual(
      requests.filter((url) => url === gateway.graphqlUrl),
      [gateway.graphqlUrl],
    );
  });

  await t.test('a wrong key is told where it is entered, and no other way', async () => {
    await page.getByRole('main').getByRole('button', { name: 'Enter key' }).click();
    await giveKey(page, 'wrong');
    await dialog.getByText('The gateway does not accept this key.').waitFor();
    await giveKey(page, 'two words');
    await dialog.getByText('A key has no spaces').waitFor();
  });

  await t.test('the right key is accepted, and the schema is there at once', async () => {
    await giveKey(page, ` ${gateway.apiKey} `);
    await dialog.getByText('Accepted: caller gateway-key of tenant default.').waitFor();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    const schema = page.getByRole('complementary', { name: 'Schema' });
    await schema.getByRole('button', { name: 'Query', exact: true }).click();
    await schema.getByText('waitForFlow').waitFor();
    await schema.getByLabel('Search types and fields').fill('aadhaarnumber');
    await schema.getByRole('button', { name: 'AadhaarExtraction.aadhaarNumber' }).click();
    await schema.getByRole('heading', { name: 'AadhaarExtraction' }).waitFor();
    await schema.getByRole('button', { name: 'Close' }).click();
  });

  await t.test('a page says which other one has to be run first', async () => {
    await openTopic(page, 'Read the result');
    await page.getByText('Run “Open a flow” first').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled());
    await openTopic(page, 'Open a flow');
    await runAndSee(page, '"state": "NOT_STARTED"');
    await openTopic(page, 'Upload documents');
    await runAndSee(page, '"state": "PENDING"');
    await openTopic(page, 'Watch it');
    await runAndSee(page, 'Complete');
    await uuidIn(page);
  });

  await t.test('the key stays over a reload, and only in the session of the tab', async () => {
    await page.reload();
    await editorsOf(page);
    await openTopic(page, 'Caller and cost');
    await runAndSee(page, '"callerId": "gateway-key"');
    assert.ok(!page.url().includes(gateway.apiKey));
    assert.equal(await page.evaluate('JSON.stringify(localStorage)'), '{}');
    assert.ok(!(await page.content()).includes(gateway.apiKey));
    assert.deepEqual(
      requests.filter((url) => url.includes(gateway.apiKey)),
      [],
    );
    const other = await playground.browser.newPage();
    await other.goto(gateway.graphqlUrl);
    await other.getByText('This gateway stands before a real Atlas').waitFor();
    await other.close();
  });

  await t.test('a caller without scopes reads why there is no schema', async () => {
    const { data } = await gateway.ask(
      'mutation ($uuid: String!) { issueFlowGrant(input: { flowUuid: $uuid }) { token } }',
      { uuid: await gateway.openFlow() },
    );
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await giveKey(page, data.issueFlowGrant.token);
    await dialog.getByText('Accepted: caller').waitFor();
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByText('only callers with a scope may read the schema').waitFor();
    await page.keyboard.press('Escape');
  });

  await t.test('a key that is forgotten is asked for anew', async () => {
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await dialog.getByRole('button', { name: 'Forget the key' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('This gateway stands before a real Atlas').waitFor();
    assert.equal(await page.locator('section.answer .json').count(), 0, 'its answers are gone');
  });
  assert.deepEqual(complaints, []);
});

test('a key that is refused while it is used is asked for at once', { timeout }, async (t) => {
  const gateway = await openGateway(t, { page: { ...elsewhere, apiKey: 'old-key' } });
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;
  const dialog = page.getByRole('dialog', { name: 'API key' });
  for (const title of ['Caller and cost', 'Errors']) {
    await openTopic(page, title);
    if (title === 'Errors') {
      await page.getByLabel('Kind of error').selectOption({ label: 'NOT_FOUND' });
    }
    await runAndSee(page, 'UNAUTHENTICATED');
    await dialog.getByText('The gateway does not accept this key.').waitFor();
    await giveKey(page, gateway.apiKey);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await runAndSee(page, title === 'Errors' ? 'NOT_FOUND' : '"callerId": "gateway-key"');
    await page.getByRole('button', { name: 'Key', exact: true }).click();
    await dialog.getByRole('button', { name: 'Forget the key' }).click();
    await dialog.getByRole('button', { name: 'Close' }).click();
  }
  await see(page, 'Run the operation');
});

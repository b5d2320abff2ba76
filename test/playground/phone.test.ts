import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { openGateway } from '../support/open-gateway.ts';
import { openPlayground, phone, see } from '../support/playground/open-playground.ts';

const timeout = 110_000;

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const met: string[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(`{
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      element?.getAttribute('aria-label') ?? element?.innerText ?? '';
    }`);
    met.push(String(focused).trim());
    if (met.at(-1) === name) return;
  }
  assert.fail(`no element ${name} among ${met.join(', ')}`);
}

async function isWithin(page: Page): Promise<boolean> {
  return await page.evaluate('document.documentElement.scrollWidth <= innerWidth');
}

test('by keyboard alone, on a phone, a person plays the journey and reads its result', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 300 } });
  const playground = await openPlayground(t, gateway, phone);
  if (playground === null) return;
  const { page, complaints } = playground;
  assert.ok(await isWithin(page), 'nothing stands beyond the edge');

  await tabTo(page, 'Skip to the operation');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Run');
  await page.keyboard.press('Enter');
  await see(page, '"state": "NOT_STARTED"');
  await tabTo(page, 'Operation');
  await tabTo(page, 'Variables');
  await tabTo(page, 'Answer as JSON');
  await tabTo(page, 'Next: Upload documents');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Upload documents' }).waitFor();
  await tabTo(page, 'Operation');
  await page.keyboard.press('Control+Enter');
  await see(page, '"state": "PENDING"');
  await tabTo(page, 'Next: Watch it');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Run');
  await page.keyboard.press('Enter');
  await see(page, 'Complete');
  const timeline = page.getByRole('list', { name: 'Timeline' });
  assert.ok(await timeline.isVisible());
  const box = await page.getByRole('heading', { name: 'Events' }).boundingBox();
  assert.ok(box && box.y >= 0 && box.y < 400, 'the events were scrolled to');
  await tabTo(page, 'Next: Read the result');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Run');
  await page.keyboard.press('Enter');
  await see(page, '"documentType": "AADHAAR"');
  assert.ok(await isWithin(page));
  assert.deepEqual(complaints, []);
});

test('dialogs and the schema open and close by keyboard, and the focus returns', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway, phone);
  if (playground === null) return;
  const { page } = playground;
  for (const [button, role, name] of [
    ['Stories', 'dialog', 'Stories of the sandbox'],
    ['Key', 'dialog', 'API key'],
    ['Schema', 'complementary', 'Schema'],
    ['Copy as…', 'dialog', 'Copy as code'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole(role, { name }).waitFor();
    assert.ok(await isWithin(page), name);
    await page.keyboard.press('Escape');
    await page.getByRole(role, { name }).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('document.activeElement?.innerText'), button);
  }
});

test('before the editors are there, text areas do', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway, phone);
  if (playground === null) return;
  const page = await playground.browser.newPage();
  await page.route('**/code-editor-*.js', (route) => route.abort());
  await page.goto(gateway.graphqlUrl);
  const variables = page.getByRole('textbox', { name: 'Variables' });
  await variables.fill('{"input": {"applicationId": "by-hand"}}');
  assert.equal(await variables.evaluate((element) => element.tagName), 'TEXTAREA');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await see(page, '"state": "NOT_STARTED"');
});

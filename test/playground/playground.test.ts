import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openGateway } from '../support/open-gateway.ts';
import {
  openPlayground,
  openTopic,
  runAndSee,
  see,
  textOf,
  uuidIn,
} from '../support/playground/open-playground.ts';

const timeout = 110_000;

test('one click runs the journey on a flow of its own, whose uuid every page then has', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 1_500 } });
  const others = await gateway.openFlow();
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page, requests, complaints } = playground;

  await page.getByRole('button', { name: 'Run the journey' }).click();
  await page.getByRole('heading', { name: 'Watch it' }).waitFor();
  await see(page, 'Complete');
  const stages = page.getByRole('list', { name: 'Stages' });
  assert.equal(
    await stages.innerText(),
    'Upload\nsuccess\nReading\nsuccess\nComparison\ncompleted',
  );

  const timeline = page.getByRole('list', { name: 'Timeline' });
  const events = await timeline.locator(':scope > li').allInnerTexts();
  assert.ok(events.length >= 4, `each stage is an event of its own: ${events.join('; ')}`);
  assert.match(events[0] ?? '', /^\d\d:\d\d:\d\d\s+\+\d+\.\d s\s+The state as it is$/);
  assert.match(events.at(-1) ?? '', /status\.state IN_PROGRESS . SUCCESS/);
  assert.match(events.at(-1) ?? '', /status\.isTerminal false . true/);

  const uuid = await uuidIn(page);
  assert.notEqual(uuid, others);
  for (const title of ['Upload documents', 'Read the result', 'Timeline', 'Issue a grant']) {
    await openTopic(page, title);
    assert.equal(await uuidIn(page), uuid, title);
  }
  await openTopic(page, 'Read the result');
  await see(page, '"masked": "XXXX XXXX');

  await page.getByRole('button', { name: 'Run the journey' }).click();
  await page.getByRole('heading', { name: 'Watch it' }).waitFor();
  assert.notEqual(await uuidIn(page), uuid, 'the next journey has another flow');
  await see(page, 'Complete');

  assert.deepEqual(complaints, []);
  assert.ok(requests.length > 7);
  const elsewhere = requests.filter((url) => !url.startsWith(gateway.app.url));
  assert.deepEqual(elsewhere, []);
});

test('the page runs no script but its own and reaches no address but the gateway', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const elsewhere = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;

  await page.evaluate(`{
    const intruder = document.createElement('script');
    try { intruder.textContent = 'globalThis.hasIntruded = true'; } catch {}
    document.head.append(intruder);
  }`);
  assert.equal(await page.evaluate('globalThis.hasIntruded'), undefined);
  await assert.rejects(page.evaluate(`fetch('${elsewhere.app.url}/health', { mode: 'no-cors' })`));
  assert.equal(await page.evaluate(`fetch('/health').then(({ status }) => status)`), 200);
});

test('edits stay over a reload, take the uuid of the next flow, and can be undone', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;
  await runAndSee(page, '"state": "NOT_STARTED"');
  await openTopic(page, 'Read the result');
  const uuid = await uuidIn(page);
  await page.getByRole('textbox', { name: 'Variables' }).fill(`{"uuid": "${uuid}", "mine": 1}`);
  await page.getByRole('button', { name: 'Undo edits' }).waitFor();

  await page.reload();
  await page.locator('.cm-content').nth(1).waitFor();
  assert.match(await textOf(page, 'Variables'), /"mine": 1/);
  await openTopic(page, 'Open a flow');
  await runAndSee(page, '"state": "NOT_STARTED"');
  await openTopic(page, 'Read the result');
  assert.match(await textOf(page, 'Variables'), /"mine": 1/);
  assert.notEqual(await uuidIn(page), uuid);

  await page.getByRole('button', { name: 'Undo edits' }).click();
  assert.doesNotMatch(await textOf(page, 'Variables'), /mine/);
});

test('variables that are not JSON are told before anything is sent', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page, requests } = playground;
  await page.getByRole('textbox', { name: 'Variables' }).fill('{ nothing');
  const before = requests.length;
  await runAndSee(page, 'The variables are not JSON.');
  assert.equal(requests.length, before);
});

test('a page links to its documents where they are served, and is copied as code', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { page: { hasDocuments: true } });
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { browser, page } = playground;
  const link = page.getByRole('link', { name: 'Read more about it' });
  assert.equal(await link.getAttribute('href'), 'docs/partner/journey');

  await browser.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'Copy as…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Copy as code' });
  for (const [language, beginning] of [
    ['curl', `curl '${gateway.graphqlUrl}'`],
    ['Swift', 'import Foundation'],
  ] as const) {
    await dialog.getByLabel(language, { exact: true }).check();
    await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
    await dialog.getByText('Copied').waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.ok(copied.startsWith(beginning), copied);
    assert.ok(!copied.includes(gateway.apiKey));
    await dialog.getByText('Copied').waitFor({ state: 'detached' });
  }
});

test('the editor completes by the schema and marks what it has not', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;
  const editor = page.getByRole('textbox', { name: 'Operation' });
  await editor.press('Control+A');
  await editor.pressSequentially('{ viewer { callerId nothing');
  const marked = page.locator('.cm-lintRange-error');
  await marked.filter({ hasText: 'nothing' }).waitFor();
  await editor.press('Escape');
  await editor.press('Control+A');
  await editor.press('Delete');
  await editor.pressSequentially('{ atlasH');
  await page.getByRole('option', { name: /atlasHealth/ }).waitFor();
  assert.equal(await editor.innerText(), '{ atlasH}');
  await page.getByRole('button', { name: 'Undo edits' }).click();
  assert.match(await editor.innerText(), /^mutation OpenFlow/);
  assert.equal(await page.getByRole('button', { name: 'Undo edits' }).count(), 0);
});

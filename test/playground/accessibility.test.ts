import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openGateway } from '../support/open-gateway.ts';
import {
  laptop,
  openPlayground,
  openTopic,
  phone,
  runAndSee,
} from '../support/playground/open-playground.ts';

const timeout = 110_000;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The faults of the page as it stands that axe-core calls serious or critical. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(`${axe}; undefined`);
  const { violations } = (await page.evaluate('axe.run()')) as {
    violations: readonly Violation[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

async function checkAll(t: TestContext, page: Page): Promise<void> {
  await t.test('as it opens', async () => assert.deepEqual(await faultsOf(page), []));
  await t.test('with an answer', async () => {
    await runAndSee(page, /Status 200/);
    assert.deepEqual(await faultsOf(page), []);
  });
  await t.test('with a timeline', async () => {
    await openTopic(page, 'Watch it');
    await runAndSee(page, 'Complete');
    assert.deepEqual(await faultsOf(page), []);
  });
  await t.test('with an error', async () => {
    await openTopic(page, 'Errors');
    await page.getByLabel('Kind of error').selectOption({ label: 'BAD_USER_INPUT' });
    await runAndSee(page, 'BAD_USER_INPUT');
    assert.deepEqual(await faultsOf(page), []);
  });
  for (const [button, name] of [
    ['Stories', 'Stories of the sandbox'],
    ['Key', 'API key'],
    ['Copy as…', 'Copy as code'],
  ] as const) {
    await t.test(`with the dialog ${name}`, async () => {
      await page.getByRole('button', { name: button, exact: true }).click();
      await page.getByRole('dialog', { name }).waitFor();
      assert.deepEqual(await faultsOf(page), []);
      await page.keyboard.press('Escape');
    });
  }
  await t.test('with the schema', async () => {
    await page.getByRole('button', { name: 'Schema' }).click();
    await page.getByRole('button', { name: 'Mutation', exact: true }).click();
    await page.getByText('createFlow').first().waitFor();
    assert.deepEqual(await faultsOf(page), []);
  });
}

for (const [name, options] of [
  ['a laptop', laptop],
  ['a phone with a dark theme', { ...phone, colorScheme: 'dark' }],
] as const) {
  test(`axe-core finds no serious fault on ${name}`, { timeout }, async (t) => {
    const gateway = await openGateway(t);
    const playground = await openPlayground(t, gateway, options);
    if (playground === null) return;
    await checkAll(t, playground.page);
  });
}

test('axe-core is at work: it finds a button without a name', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;
  await page.evaluate("document.querySelector('main').append(document.createElement('button'))");
  assert.match((await faultsOf(page)).join(), /button-name/);
});

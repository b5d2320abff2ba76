import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { errorTopic } from '../../playground/src/error-topic.ts';
import { topics } from '../../playground/src/topics.ts';
import { openGateway } from '../support/open-gateway.ts';
import {
  editorsOf,
  openPlayground,
  openTopic,
  runAndSee,
  see,
} from '../support/playground/open-playground.ts';

const timeout = 110_000;

test('each page has its page of the documents', () => {
  for (const { title, docs } of topics) {
    assert.ok(existsSync(new URL(`../../docs/${docs}.md`, import.meta.url)), title);
  }
});

test('each page runs as it stands, and sees to what it needs', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { browser, complaints } = playground;
  for (const { id, title, examples } of topics) {
    if (id === 'errors') continue;
    await t.test(title, async () => {
      // A tab of its own, which knows of no flow.
      const page = await browser.newPage();
      await page.goto(`${gateway.graphqlUrl}#${id}`);
      await page.getByRole('heading', { name: title, level: 2 }).waitFor();
      await editorsOf(page);
      const isSubscription = examples[0].query.startsWith('subscription');
      await runAndSee(page, isSubscription ? 'Complete' : /Status 200/);
      const faults = await page.locator('section.answer .fault').allInnerTexts();
      assert.deepEqual(faults, []);
      await page.close();
    });
  }
  assert.deepEqual(complaints, []);
});

test('grants, repeats and errors show what they promise', { timeout }, async (t) => {
  const gateway = await openGateway(t);
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page } = playground;

  await t.test('the bearer of a grant sees its flow, with values masked', async () => {
    await openTopic(page, 'Upload documents');
    await runAndSee(page, '"state": "PENDING"');
    await openTopic(page, 'Watch it');
    await runAndSee(page, 'Complete');
    await openTopic(page, 'As its bearer');
    await runAndSee(page, '"canReadDocuments": true');
    await see(page, '"scopes": []');
    assert.match(await page.locator('main').innerText(), /sent with the grant/);
    const answer = page.getByRole('region', { name: 'Answer as JSON' });
    const { data } = JSON.parse(await answer.innerText());
    assert.match(data.flow.documents[0].extraction.name.value, /^[A-Z•*X. ]+$/);
    assert.doesNotMatch(await answer.innerText(), /TEST/);
  });

  await t.test('a mutation that is sent twice with one key is done once', async () => {
    await openTopic(page, 'Repeat safely');
    await runAndSee(page, /Status 200/);
    const answer = page.getByRole('region', { name: 'Answer as JSON' });
    const { data } = JSON.parse(await answer.innerText());
    assert.ok(data.first.flow.uuid);
    assert.equal(data.first.flow.uuid, data.again.flow.uuid);
  });

  for (const [place, { title }] of errorTopic.examples.entries()) {
    await t.test(`an error of the kind ${title} is shown`, async () => {
      if (place === 0) await openTopic(page, 'Errors');
      await page.getByLabel('Kind of error').selectOption({ label: title });
      await runAndSee(page, title === 'userErrors' ? 'FILE_URL_NOT_HTTPS' : `${title} `);
      assert.equal(await page.getByRole('dialog').count(), 0, 'the key was not asked for');
    });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playableStories } from '../../src/sandbox/playable-stories.ts';
import { stories } from '../../src/sandbox/stories.ts';
import { startNetwork } from '../support/clients/network.ts';
import { openGateway } from '../support/open-gateway.ts';
import { openPlayground, openTopic, see, uuidIn } from '../support/playground/open-playground.ts';

const timeout = 110_000;

test('every story of a flow can be played', () => {
  const ofFlows = stories.filter(({ about }) => about.includes('flow'));
  assert.equal(playableStories.length, ofFlows.length);
  for (const [place, { name, happens }] of playableStories.entries()) {
    const story = ofFlows[place];
    assert.ok(story && name.startsWith(story.name.replace(/n$/, '')), name);
    assert.doesNotMatch(happens, /\bn\b/);
  }
});

test('one click plays a story to its end', { timeout }, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 100 } });
  const playground = await openPlayground(t, gateway);
  if (playground === null) return;
  const { page, complaints } = playground;
  for (const { name } of playableStories) {
    await t.test(name, async () => {
      await page.getByRole('button', { name: 'Stories' }).click();
      const dialog = page.getByRole('dialog', { name: 'Stories of the sandbox' });
      await dialog.getByRole('button', { name: `Play ${name}`, exact: true }).click();
      await page.getByText(`The story ${name} is running`).waitFor();
      await page.getByRole('heading', { name: 'Watch it' }).waitFor();
      await see(page, 'Complete');
      const uuid = await uuidIn(page);
      await page.getByText(`The story ${name} is running`).waitFor({ state: 'detached' });
      const { data } = await gateway.ask(
        'query ($uuid: String!) { flow(uuid: $uuid) { applicationId status { state } } }',
        { uuid },
      );
      assert.ok(data.flow.applicationId.startsWith(`${name}-`), data.flow.applicationId);
      const ends: Record<string, string> = { fails: 'FAILED', drift: data.flow.status.state };
      assert.equal(data.flow.status.state, ends[name] ?? 'SUCCESS');
    });
  }
  assert.deepEqual(complaints, []);
});

test('a subscription goes on after a lost connection, and tells of it meanwhile', {
  timeout,
}, async (t) => {
  const gateway = await openGateway(t, { sandbox: { stageMs: 3_600_000 } });
  const network = await startNetwork(t, gateway.graphqlUrl);
  const playground = await openPlayground(t, { graphqlUrl: network.url });
  if (playground === null) return;
  const { page } = playground;
  await openTopic(page, 'Watch it');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await see(page, 'Connected');
  await see(page, 'The state as it is');
  const uuid = await uuidIn(page);

  await network.refuse();
  await see(page, 'The connection is lost');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  await network.restore();
  await see(page, 'Complete');
  await see(page, /status\.state IN_PROGRESS . SUCCESS/);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { openCallers } from '../support/privacy/open-callers.ts';
import { overWebSocket } from '../support/server/transports.ts';

const query = `{
  viewer {
    tenantId callerId scopes
    grant { flowUuid canReadDocuments expiresAt }
    limits { name limit remaining resetsAt }
  }
}`;

test('a viewer is told for whom it asks, under which name, and what it may do', async (t) => {
  const gateway = await openCallers(t);
  const { data } = await gateway
    .as({ name: 'key 1', scopes: ['pii:read', 'flows:read'] })
    .ask(query);
  const { limits, ...viewer } = data.viewer;
  assert.ok(limits.length > 0);
  assert.deepEqual(viewer, {
    tenantId: 'default',
    callerId: 'key 1',
    scopes: ['flows:read', 'pii:read'],
    grant: null,
  });
});

test('a viewer with a grant is told of which flow, and until when', async (t) => {
  const gateway = await openCallers(t);
  const { data } = await gateway
    .as({ grant: { flowUuid: 'uuid-1', canReadDocuments: true } })
    .ask(query);
  assert.deepEqual(data.viewer.scopes, []);
  assert.deepEqual(data.viewer.grant, {
    flowUuid: 'uuid-1',
    canReadDocuments: true,
    expiresAt: '2126-01-01T00:00:00.000Z',
  });
});

test('a viewer is told what is left of its subscriptions', async (t) => {
  const gateway = await openCallers(t, { env: { MAX_SUBSCRIPTIONS_PER_CALLER: '3' } });
  const left = async () => {
    const { data } = await gateway.ask(query);
    const limits: { name: string }[] = data.viewer.limits;
    return limits.find(({ name }) => name === 'subscriptions');
  };
  const told = { name: 'subscriptions', limit: 3, resetsAt: null };
  assert.deepEqual(await left(), { ...told, remaining: 3 });
  const reader = await overWebSocket(t, gateway, await gateway.openFlow());
  await reader.next();
  assert.deepEqual(await left(), { ...told, remaining: 2 });
});

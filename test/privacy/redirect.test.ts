import assert from 'node:assert/strict';
import test from 'node:test';
import { defaultScopes, scopes } from '../../src/identity/scopes.ts';
import { everyScopeBut, openCallers, transports } from '../support/privacy/open-callers.ts';
import { lastAddresses } from '../support/server/atlas-calls.ts';

const createFlow = `mutation ($input: CreateFlowInput!) {
  createFlow(input: $input) { flow { uuid } userErrors { code path } }
}`;
const own = {
  url: 'https://hooks.example/done?case=7&x=%2F',
  authUrl: 'https://eu.hooks.example/in',
};
const flat = { callbackUrl: own.url, authUrl: own.authUrl };

/** Addresses that no caller may have results sent to, and why. */
const refused: readonly [address: string, code: string][] = [
  ['http://hooks.example/x', 'CALLBACK_NOT_HTTPS'],
  ['ftp://hooks.example/x', 'INVALID_URL'],
  ['hooks.example/x', 'INVALID_URL'],
  ['https://somewhere.example/x', 'CALLBACK_HOST_NOT_ALLOWED'],
  ['https://hooks.example.somewhere.example/x', 'CALLBACK_HOST_NOT_ALLOWED'],
  ['https://evilhooks.example/x', 'CALLBACK_HOST_NOT_ALLOWED'],
  ['https://127.0.0.1/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://172.16.9.9/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://[fe80::1]/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://[::ffff:10.0.0.1]/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://3232235777/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://0x7f.1/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://8.8.8.8/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://intranet/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://localhost/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://atlas.internal/x', 'CALLBACK_HOST_PRIVATE'],
  ['https://name:word@hooks.example/x', 'CALLBACK_URL_HAS_USER'],
  ['https://name@hooks.example/x', 'CALLBACK_URL_HAS_USER'],
  ['https://hooks.example/x?Expires=1000000000&Signature=sig', 'CALLBACK_URL_EXPIRES'],
  [
    'https://hooks.example/x?X-Amz-Date=20200101T000000Z&X-Amz-Expires=900&X-Amz-Signature=sig',
    'CALLBACK_URL_EXPIRES',
  ],
];

test('the scopes to redirect results and to read all events are in no key by default', () => {
  assert.deepEqual(
    scopes.filter((scope) => !defaultScopes.includes(scope)),
    ['callbacks:redirect', 'events:read'],
  );
});

for (const [transport, ask] of Object.entries(transports)) {
  test(`over ${transport} results are redirected by a caller with both scopes alone, and on record`, async (t) => {
    const gateway = await openCallers(t);
    for (const [left, given] of [
      ['callbacks:redirect', flat],
      ['pii:read', flat],
      ['callbacks:redirect', { callback: own }],
      ['pii:read', { callback: own }],
      ['callbacks:redirect', { callbackUrl: own.url }],
      ['pii:read', { authUrl: own.authUrl }],
    ] as const) {
      const caller = gateway.as({ scopes: everyScopeBut(left) });
      const { data, errors } = await ask(t, caller, createFlow, {
        input: { applicationId: 'one', ...given },
      });
      assert.deepEqual(
        errors?.map(({ message, extensions }) => [message, extensions.code]),
        [[`This needs the scope ${left}.`, 'FORBIDDEN']],
      );
      assert.equal(data?.createFlow ?? null, null);
    }
    assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
    assert.deepEqual(gateway.auditLines(), []);

    const caller = gateway.as({
      name: 'key 1',
      scopes: ['flows:write', 'flows:read', 'callbacks:redirect', 'pii:read'],
    });
    for (const given of [flat, { callback: own }]) {
      const { data, errors } = await ask(t, caller, createFlow, {
        input: { applicationId: 'one', ...given },
      });
      assert.equal(errors, undefined);
      assert.deepEqual(data.createFlow.userErrors, []);
      assert.deepEqual(lastAddresses(gateway.sandbox), flat);
    }
    const lines = gateway.auditLines();
    assert.equal(lines.length, 2);
    for (const { time, requestId, subject, ...said } of lines) {
      assert.match(`${subject}`, /^[\w-]{43}$/);
      assert.ok(time && requestId);
      assert.deepEqual(said, {
        stream: 'audit',
        tenant: 'default',
        caller: 'key 1',
        hosts: ['hooks.example', 'eu.hooks.example'],
        event: 'results redirected',
      });
    }
  });
}

test('each address of a callback is held to the same rules, whoever the caller is', async (t) => {
  const gateway = await openCallers(t);
  for (const [address, code] of refused) {
    for (const [given, path] of [
      [{ callbackUrl: address, authUrl: own.authUrl }, ['callbackUrl']],
      [{ callbackUrl: own.url, authUrl: address }, ['authUrl']],
      [{ callback: { ...own, url: address } }, ['callback', 'url']],
      [{ callback: { ...own, authUrl: address } }, ['callback', 'authUrl']],
    ] as const) {
      const { data, errors } = await gateway.ask(createFlow, {
        input: { applicationId: 'one', ...given },
      });
      // The type of the input refuses what is no address before the rules do.
      if (errors !== undefined) {
        assert.equal(code, 'INVALID_URL', address);
        continue;
      }
      assert.deepEqual(
        data.createFlow,
        { flow: null, userErrors: [{ code, path: ['input', ...path] }] },
        address,
      );
    }
  }
  const both = await gateway.ask(createFlow, {
    input: { applicationId: 'one', ...flat, callback: own },
  });
  assert.deepEqual(both.data.createFlow.userErrors, [
    { code: 'DUPLICATE', path: ['input', 'callback'] },
  ]);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
  assert.deepEqual(gateway.auditLines(), []);
});

test('a tenant without callbackHosts has results sent nowhere else', async (t) => {
  const gateway = await openCallers(t, {}, { callbackHosts: undefined });
  const { data } = await gateway.ask(createFlow, { input: { applicationId: 'one', ...flat } });
  assert.deepEqual(
    data.createFlow.userErrors.map(({ code }: { code: string }) => code),
    ['CALLBACK_HOST_NOT_ALLOWED', 'CALLBACK_HOST_NOT_ALLOWED'],
  );
  assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
});

test('flowParams with a name that Atlas may call are refused, at any depth and spelling', async (t) => {
  const gateway = await openCallers(t);
  for (const flowParams of [
    { callback_url: own.url },
    { callbackUrl: own.url },
    { 'Callback-URL': 'x' },
    { auth_url: own.url },
    { auth_token_url: 1 },
    { chat_notification_url: null },
    { more: { callback_url: own.url } },
    { list: [1, { deep: [{ AUTH_URL: own.url }] }] },
  ]) {
    const { data } = await gateway.ask(createFlow, { input: { applicationId: 'one', flowParams } });
    assert.deepEqual(
      data.createFlow,
      {
        flow: null,
        userErrors: [{ code: 'CALLBACK_IN_FLOW_PARAMS', path: ['input', 'flowParams'] }],
      },
      JSON.stringify(flowParams),
    );
  }
  assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
  const flowParams = { url: 'https://a.example', branch: 'callback_url', auth: 'x' };
  const { data } = await gateway.ask(createFlow, { input: { applicationId: 'one', flowParams } });
  assert.deepEqual(data.createFlow.userErrors, []);
});

test('a redirect that cannot be put on record is not asked for', async (t) => {
  const gateway = await openCallers(t, {
    auditFile: {
      write: () => {
        throw new Error('no space left');
      },
    },
  });
  const { data, errors } = await gateway.ask(createFlow, {
    input: { applicationId: 'one', ...flat },
  });
  assert.equal(errors?.[0]?.extensions.code, 'INTERNAL');
  assert.equal(data?.createFlow ?? null, null);
  assert.equal(gateway.sandbox.countCalls('initFlow'), 0);
});

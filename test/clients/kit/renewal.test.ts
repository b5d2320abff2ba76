import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectWatch } from '../../support/clients/collect-watch.ts';
import { openClient } from '../../support/clients/open-client.ts';
import { openProvider } from '../../support/identity/open-provider.ts';
import { openGateway } from '../../support/open-gateway.ts';

const timeout = 30_000;

/** Counts the `pong` messages that hold an answer to a newer token. */
function createRecordingSocket() {
  const answers: { expiresAt: string; errors?: { extensions: { code: string } }[] }[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  class RecordingSocket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol);
      this.addEventListener('message', ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type !== 'pong' || payload === undefined) return;
        answers.push(payload);
        for (const { count, resolve } of waiting) if (answers.length >= count) resolve();
      });
    }
  }
  const received = (count: number) =>
    new Promise<void>((resolve) => waiting.push({ count, resolve }));
  return { RecordingSocket, answers, received };
}

test('the kit renews its socket before its token ends, again and again', { timeout }, async (t) => {
  const provider = await openProvider(t);
  const gateway = await openGateway(t, { env: provider.env, sandbox: { stageMs: 3_600_000 } });
  const { RecordingSocket, answers, received } = createRecordingSocket();
  const refusals: (string | undefined)[] = [];
  let signed = 0;
  const client = openClient(t, gateway, {
    webSocketImpl: RecordingSocket,
    getToken(refused) {
      refusals.push(refused);
      signed += 1;
      // The gateway takes it for five seconds more.
      const exp = Math.floor(Date.now() / 1000) - 3;
      return provider.sign({ tenant: 'default', exp, jti: `${signed}` });
    },
  });
  const uuid = await gateway.openFlow();
  const renewed = received(2);
  const watched = collectWatch(t, client, uuid);
  await renewed;
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  assert.equal(await watched.ended, null);

  assert.deepEqual(watched.liveness, ['live']);
  assert.deepEqual(
    answers.map(({ errors }) => errors),
    answers.map(() => undefined),
  );
  assert.equal(refusals[0], undefined);
  assert.ok(refusals[1] && refusals[2] && refusals[1] !== refusals[2]);
});

test('a newer token that is refused leaves the socket as it is, and another one is asked for', {
  timeout,
}, async (t) => {
  const provider = await openProvider(t);
  const gateway = await openGateway(t, { env: provider.env, sandbox: { stageMs: 3_600_000 } });
  const { RecordingSocket, answers, received } = createRecordingSocket();
  const exp = Math.floor(Date.now() / 1000);
  const tokens = [
    await provider.sign({ tenant: 'default', exp }),
    await provider.sign({ tenant: 'default', sub: 'user-2' }),
    await provider.sign({ tenant: 'default' }),
  ];
  const client = openClient(t, gateway, {
    webSocketImpl: RecordingSocket,
    getToken: () => tokens.shift() ?? 'no more',
  });
  const renewed = received(2);
  const watched = collectWatch(t, client, await gateway.openFlow());
  await renewed;

  const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code);
  assert.deepEqual(codes, ['FORBIDDEN', undefined]);
  assert.deepEqual(watched.liveness, ['live']);
});

test('a newer token that cannot be had yet is asked for again', { timeout }, async (t) => {
  const provider = await openProvider(t);
  const gateway = await openGateway(t, { env: provider.env, sandbox: { stageMs: 3_600_000 } });
  const { RecordingSocket, received } = createRecordingSocket();
  const exp = Math.floor(Date.now() / 1000);
  let calls = 0;
  const client = openClient(t, gateway, {
    webSocketImpl: RecordingSocket,
    async getToken() {
      calls += 1;
      if (calls === 2) throw new Error('The backend is away');
      return provider.sign({ tenant: 'default', ...(calls === 1 ? { exp } : {}) });
    },
  });
  const renewed = received(1);
  const watched = collectWatch(t, client, await gateway.openFlow());
  await renewed;

  assert.equal(calls, 3);
  assert.deepEqual(watched.liveness, ['live']);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TokenFamily } from '../../../src/atlas/api/endpoints.ts';
import type { Tenant } from '../../../src/atlas/api/tenant.ts';
import { createTokens, type IssuedToken } from '../../../src/atlas/client/tokens.ts';
import { tenantNamed } from '../../support/atlas/open-client.ts';

const hourMs = 3_600_000;

/** Tokens whose every exchange waits until the test answers it, at a time the test sets. */
function openTokens({ random = 0 } = {}) {
  const clock = { now: 1_000_000 };
  const exchanges: {
    readonly tenant: Tenant;
    readonly family: TokenFamily;
    readonly issue: (value: string, lifetimeMs?: number) => Promise<void>;
    readonly fail: () => Promise<void>;
  }[] = [];
  const tokens = createTokens({
    now: () => clock.now,
    random: () => random,
    exchange(tenant, family) {
      const { promise, resolve, reject } = Promise.withResolvers<IssuedToken>();
      exchanges.push({
        tenant,
        family,
        issue: (value, lifetimeMs = hourMs) => {
          resolve({ value, lifetimeMs });
          return everythingQueued();
        },
        fail: () => {
          reject(new Error('no token'));
          return everythingQueued();
        },
      });
      return promise;
    },
  });
  const exchange = (place: number) => {
    const found = exchanges[place];
    assert.ok(found, `exchange ${place + 1} was not made`);
    return found;
  };
  return { clock, exchanges, exchange, tokens };
}

/** Lets every promise that is settled by now tell its readers. */
function everythingQueued(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Fails the test if a rejection finds nobody who reads it. */
function watchRejections(t: TestContext): unknown[] {
  const unread: unknown[] = [];
  const note = (reason: unknown) => unread.push(reason);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  return unread;
}

/** Tokens that hold the token `first`, an hour from now. */
async function openWithFirst(options: { random?: number; lifetimeMs?: number } = {}) {
  const open = openTokens(options);
  const first = open.tokens.get(acme, 'verification');
  await open.exchange(0).issue('first', options.lifetimeMs);
  assert.equal(await first, 'first');
  return open;
}

const acme = tenantNamed('acme');
const bolt = tenantNamed('bolt');

test('twenty that ask at once share one exchange', async () => {
  const { exchanges, exchange, tokens } = openTokens();
  const asked = Array.from({ length: 20 }, () => tokens.get(acme, 'verification'));
  await exchange(0).issue('first');
  assert.deepEqual(new Set(await Promise.all(asked)), new Set(['first']));
  assert.equal(exchanges.length, 1);
});

test('each tenant and each family has a token of its own', async () => {
  const { exchanges, exchange, tokens } = openTokens();
  const asked = [
    tokens.get(acme, 'verification'),
    tokens.get(acme, 'bulk'),
    tokens.get(acme, 'docstream'),
    tokens.get(bolt, 'verification'),
  ];
  for (const place of asked.keys()) await exchange(place).issue(`token-${place}`);
  assert.deepEqual(await Promise.all(asked), ['token-0', 'token-1', 'token-2', 'token-3']);
  assert.deepEqual(
    exchanges.map(({ tenant, family }) => `${tenant.id} ${family}`),
    ['acme verification', 'acme bulk', 'acme docstream', 'bolt verification'],
  );
  assert.equal(await tokens.get(bolt, 'verification'), 'token-3');
  assert.equal(await tokens.get(acme, 'verification'), 'token-0');
  assert.equal(exchanges.length, 4);
});

test('a refusal of one tenant takes no token from another', async () => {
  const { exchanges, exchange, tokens } = openTokens();
  const asked = [tokens.get(acme, 'bulk'), tokens.get(bolt, 'bulk')];
  await exchange(0).issue('same');
  await exchange(1).issue('same');
  await Promise.all(asked);
  tokens.refuse(acme, 'bulk', 'same');
  assert.equal(await tokens.get(bolt, 'bulk'), 'same');
  assert.equal(exchanges.length, 2);
});

for (const { random, share } of [
  { random: 0, share: 0.8 },
  { random: 0.999_999, share: 0.9 },
]) {
  test(`with chance at ${random} a token is renewed at ${share} of its life`, async () => {
    const { clock, exchanges, tokens } = await openWithFirst({ random });
    clock.now += hourMs * share - 1000;
    assert.equal(await tokens.get(acme, 'verification'), 'first');
    assert.equal(exchanges.length, 1);
    clock.now += 2000;
    assert.equal(await tokens.get(acme, 'verification'), 'first');
    assert.equal(exchanges.length, 2);
  });
}

test('the old token serves all who ask while one exchange renews it', async () => {
  const { clock, exchanges, exchange, tokens } = await openWithFirst();
  clock.now += hourMs * 0.85;
  const asked = Array.from({ length: 20 }, () => tokens.get(acme, 'verification'));
  assert.deepEqual(new Set(await Promise.all(asked)), new Set(['first']));
  assert.equal(exchanges.length, 2);
  await exchange(1).issue('second');
  assert.equal(await tokens.get(acme, 'verification'), 'second');
  assert.equal(exchanges.length, 2);
});

test('a renewal that fails leaves the old token in use and is tried again after five seconds', async (t) => {
  const unread = watchRejections(t);
  const { clock, exchanges, exchange, tokens } = await openWithFirst();
  clock.now += hourMs * 0.85;
  await tokens.get(acme, 'verification');
  await exchange(1).fail();
  for (let call = 0; call < 5; call += 1) {
    clock.now += 900;
    assert.equal(await tokens.get(acme, 'verification'), 'first');
  }
  assert.equal(exchanges.length, 2);
  clock.now += 600;
  assert.equal(await tokens.get(acme, 'verification'), 'first');
  assert.equal(exchanges.length, 3);
  await exchange(2).issue('second');
  assert.equal(await tokens.get(acme, 'verification'), 'second');
  assert.deepEqual(unread, []);
});

test('a refused token is not sent again', async () => {
  const { exchanges, exchange, tokens } = await openWithFirst();
  tokens.refuse(acme, 'verification', 'first');
  const asked = [tokens.get(acme, 'verification'), tokens.get(acme, 'verification')];
  assert.equal(exchanges.length, 2);
  await exchange(1).issue('second');
  assert.deepEqual(await Promise.all(asked), ['second', 'second']);
});

test('a refusal that comes late leaves the newer token alone', async () => {
  const { exchanges, exchange, tokens } = await openWithFirst();
  tokens.refuse(acme, 'verification', 'first');
  const second = tokens.get(acme, 'verification');
  await exchange(1).issue('second');
  await second;
  tokens.refuse(acme, 'verification', 'first');
  assert.equal(await tokens.get(acme, 'verification'), 'second');
  assert.equal(exchanges.length, 2);
});

test('a token that is refused while it is being renewed serves nobody any more', async () => {
  const { clock, exchanges, exchange, tokens } = await openWithFirst();
  clock.now += hourMs * 0.85;
  await tokens.get(acme, 'verification');
  tokens.refuse(acme, 'verification', 'first');
  const next = tokens.get(acme, 'verification');
  await exchange(1).issue('second');
  assert.equal(await next, 'second');
  assert.equal(exchanges.length, 2);
});

test('a renewal that fails brings a refused token not back', async (t) => {
  const unread = watchRejections(t);
  const { clock, exchange, exchanges, tokens } = await openWithFirst();
  clock.now += hourMs * 0.85;
  await tokens.get(acme, 'verification');
  tokens.refuse(acme, 'verification', 'first');
  const refusal = assert.rejects(tokens.get(acme, 'verification'), /no token/);
  await exchange(1).fail();
  await refusal;
  const next = tokens.get(acme, 'verification');
  await exchange(2).issue('second');
  assert.equal(await next, 'second');
  assert.equal(exchanges.length, 3);
  assert.deepEqual(unread, []);
});

test('after its end a token is never served, not even when there is no other', async () => {
  const { clock, exchange, tokens } = await openWithFirst();
  clock.now += hourMs;
  const refusal = assert.rejects(tokens.get(acme, 'verification'), /no token/);
  await exchange(1).fail();
  await refusal;
  const next = tokens.get(acme, 'verification');
  await exchange(2).issue('second');
  assert.equal(await next, 'second');
});

test('a token that ends during its renewal is waited for, not served', async () => {
  const { clock, exchange, exchanges, tokens } = await openWithFirst();
  clock.now += hourMs - 1;
  assert.equal(await tokens.get(acme, 'verification'), 'first');
  clock.now += 1;
  const next = tokens.get(acme, 'verification');
  await exchange(1).issue('second');
  assert.equal(await next, 'second');
  assert.equal(exchanges.length, 2);
});

test('the life of a token counts from before it was asked for', async () => {
  const { clock, exchanges, exchange, tokens } = openTokens();
  const first = tokens.get(acme, 'verification');
  clock.now += 1500;
  await exchange(0).issue('first', 2000);
  assert.equal(await first, 'first');
  clock.now += 500;
  const next = tokens.get(acme, 'verification');
  assert.equal(exchanges.length, 2);
  await exchange(1).issue('second');
  assert.equal(await next, 'second');
});

test('a token without a life serves those who waited for it, and the next asks anew', async () => {
  const { exchanges, exchange, tokens } = openTokens();
  const waiting = [tokens.get(acme, 'verification'), tokens.get(acme, 'verification')];
  await exchange(0).issue('first', 0);
  assert.deepEqual(await Promise.all(waiting), ['first', 'first']);
  const next = tokens.get(acme, 'verification');
  assert.equal(exchanges.length, 2);
  await exchange(1).issue('second', 0);
  assert.equal(await next, 'second');
});

test('a token of one second is renewed within that second', async () => {
  const { clock, exchanges, tokens } = await openWithFirst({ lifetimeMs: 1000 });
  clock.now += 799;
  assert.equal(await tokens.get(acme, 'verification'), 'first');
  assert.equal(exchanges.length, 1);
  clock.now += 2;
  assert.equal(await tokens.get(acme, 'verification'), 'first');
  assert.equal(exchanges.length, 2);
});

test('a failure reaches all who waited for it and is not kept', async (t) => {
  const unread = watchRejections(t);
  const { exchanges, exchange, tokens } = openTokens();
  const refusals = [0, 1, 2].map(() =>
    assert.rejects(tokens.get(acme, 'verification'), /no token/),
  );
  await exchange(0).fail();
  await Promise.all(refusals);
  assert.equal(exchanges.length, 1);
  const next = tokens.get(acme, 'verification');
  await exchange(1).issue('first');
  assert.equal(await next, 'first');
  assert.deepEqual(unread, []);
});

test('a clock that begins at zero changes nothing', async () => {
  const { clock, exchanges, exchange, tokens } = openTokens();
  clock.now = 0;
  const first = tokens.get(acme, 'verification');
  await exchange(0).issue('first');
  await first;
  clock.now = hourMs * 0.79;
  assert.equal(await tokens.get(acme, 'verification'), 'first');
  assert.equal(exchanges.length, 1);
  clock.now = hourMs * 0.81;
  await tokens.get(acme, 'verification');
  assert.equal(exchanges.length, 2);
});

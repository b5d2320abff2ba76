import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { IdentityUnavailableError } from '../../src/identity/identity-error.ts';
import { createJwtReader } from '../../src/identity/jwt.ts';
import { openProvider, type SigningHeader } from '../support/identity/open-provider.ts';

/** A key pair and its public half as a provider publishes it. */
async function makeKey(kid?: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk: JWK = { ...(await exportJWK(publicKey)), use: 'sig', alg: 'RS256' };
  return { privateKey, jwk: kid === undefined ? jwk : { ...jwk, kid } };
}

async function openKeys(t: TestContext) {
  const clock = { now: Date.now() };
  const provider = await openProvider(t, () => clock.now);
  const { read } = createJwtReader({
    trust: provider.trust,
    now: () => clock.now,
    monotonicMs: () => clock.now,
  });
  let subjects = 0;
  /** Whether a new token with this header, signed by this key, is taken. */
  async function isTaken(header: SigningHeader, key?: Awaited<ReturnType<typeof makeKey>>) {
    subjects += 1;
    const token = await provider.sign({ sub: `user-${subjects}` }, header, key?.privateKey);
    return (await read(token)) !== null;
  }
  return { clock, provider, isTaken };
}

test('a JWT without kid is taken if any published key signed it', async (t) => {
  const { provider, isTaken } = await openKeys(t);
  const keys = [await makeKey('one'), await makeKey('two'), await makeKey()];
  provider.keys = keys.map(({ jwk }) => jwk);
  for (const key of keys) assert.equal(await isTaken({ kid: undefined }, key), true);
  assert.equal(await isTaken({ kid: undefined }, await makeKey()), false);
});

test('a JWT whose kid several keys share is taken if any of them signed it', async (t) => {
  const { provider, isTaken } = await openKeys(t);
  const keys = [await makeKey('same'), await makeKey('same'), await makeKey('other')];
  provider.keys = keys.map(({ jwk }) => jwk);
  const [one, two, other] = keys;
  assert.equal(await isTaken({ kid: 'same' }, one), true);
  assert.equal(await isTaken({ kid: 'same' }, two), true);
  assert.equal(await isTaken({ kid: 'same' }, await makeKey('same')), false);
  assert.equal(await isTaken({ kid: 'other' }, other), true);
});

test('a kid is a hint: a JWT is taken if any published key signed it, and else refused', async (t) => {
  const { provider, isTaken } = await openKeys(t);
  const [named, nameless] = [await makeKey('named'), await makeKey()];
  provider.keys = [named.jwk, nameless.jwk];
  for (const kid of ['named', 'another', '', undefined]) {
    assert.equal(await isTaken({ kid }, named), true, `${kid}`);
    assert.equal(await isTaken({ kid }, nameless), true, `${kid}`);
  }
  assert.equal(provider.countFetches(), 1);
  for (const kid of ['named', 'another', undefined]) {
    assert.equal(await isTaken({ kid }, await makeKey()), false, `${kid}`);
  }
});

test('a published key that can not be read shuts out no other', async (t) => {
  const { provider, isTaken } = await openKeys(t);
  const [sound, broken] = [await makeKey('sound'), await makeKey('broken')];
  provider.keys = [{ ...broken.jwk, n: '!' }, sound.jwk];
  assert.equal(await isTaken({ kid: undefined }, sound), true);
  assert.equal(await isTaken({ kid: 'sound' }, sound), true);
  assert.equal(await isTaken({ kid: 'broken' }, broken), false);
});

for (const kid of ['key-2', undefined]) {
  test(`a key is found at the first JWT after a rotation ${kid ? 'that names it' : 'without kid'}`, async (t) => {
    const { provider, isTaken } = await openKeys(t);
    assert.equal(await isTaken({}), true);
    const next = await makeKey('key-2');
    provider.keys = [...provider.keys, next.jwk];
    assert.equal(await isTaken({ kid }, next), true);
    assert.equal(await isTaken({}), true);
    assert.equal(provider.countFetches(), 2);
  });
}

test('while a new key can not be fetched its JWT is neither taken nor refused', async (t) => {
  const { clock, provider, isTaken } = await openKeys(t);
  assert.equal(await isTaken({}), true);
  const next = await makeKey('key-2');
  provider.keys = [...provider.keys, next.jwk];
  provider.isUp = false;
  await assert.rejects(isTaken({ kid: 'key-2' }, next), IdentityUnavailableError);
  await assert.rejects(isTaken({ kid: undefined }, next), IdentityUnavailableError);
  assert.equal(await isTaken({}), true);
  assert.equal(provider.countFetches(), 2);
  provider.isUp = true;
  clock.now += 5_000;
  assert.equal(await isTaken({ kid: 'key-2' }, next), true);
});

test('JWTs under keys that are not known cost ten fetches a minute at most', async (t) => {
  const { clock, provider, isTaken } = await openKeys(t);
  const stranger = await makeKey();
  const refused: boolean[] = [];
  let unknown = 0;
  for (let count = 0; count < 30; count += 1) {
    try {
      refused.push(await isTaken({ kid: `stranger-${count}` }, stranger));
    } catch (error) {
      if (!(error instanceof IdentityUnavailableError)) throw error;
      unknown += 1;
    }
  }
  assert.equal(provider.countFetches(), 11);
  assert.deepEqual([refused.length, refused.includes(true), unknown], [10, false, 20]);
  assert.equal(await isTaken({}), true);
  clock.now += 60_000;
  assert.equal(await isTaken({ kid: 'stranger-31' }, stranger), false);
  assert.equal(provider.countFetches(), 12);
});

test('a kid that the provider does not know is asked for once in five seconds', async (t) => {
  const { clock, provider, isTaken } = await openKeys(t);
  const late = await makeKey('late');
  for (const _ of [1, 2, 3]) assert.equal(await isTaken({ kid: 'late' }, late), false);
  assert.equal(provider.countFetches(), 2);
  provider.keys = [...provider.keys, late.jwk];
  clock.now += 5_000;
  assert.equal(await isTaken({ kid: 'late' }, late), true);
});

test('a JWT signed wrongly under a key of its own name is refused without a fetch', async (t) => {
  const { provider, isTaken } = await openKeys(t);
  assert.equal(await isTaken({ kid: 'key-1' }, await makeKey()), false);
  assert.equal(provider.countFetches(), 1);
});

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultCrossCheckNames } from '../../src/atlas/answers/cross-checks.ts';
import { AtlasError } from '../../src/atlas/api/errors.ts';
import { type Atlas, createAtlas } from '../../src/atlas/atlas.ts';
import { matchGroup } from '../../src/atlas/match-group.ts';
import { failureOf, openClientAt, openServer, tenantNamed } from '../support/atlas/open-client.ts';

const notNormalised = {
  error_code: '422',
  error_message: 'Unprocessable Entity: source_address or target_addresses could not be normalised',
};

/** An Atlas that answers 422 for the whole request as soon as one address is no address (K9). */
async function openStrict(t: TestContext, isBad = (address: string) => address.includes('?')) {
  const calls: string[][] = [];
  const { url } = await openServer(t, async (request, response) => {
    const asked = JSON.parse((await request.toArray()).join(''));
    const targets: { address: string; index: number }[] = asked.target_addresses;
    calls.push(targets.map(({ address }) => address));
    const isRefused = [asked.source_address, ...targets.map(({ address }) => address)].some(isBad);
    response.statusCode = isRefused ? 422 : 200;
    response.end(
      JSON.stringify(
        isRefused
          ? notNormalised
          : {
              match_data: targets.map(({ address, index }) => ({
                index,
                similarity_score: Number(address.split(' ')[0]),
                same_person_score: 5,
                error_code: '',
              })),
            },
      ),
    );
  });
  const { client } = openClientAt(t, url);
  const atlas = createAtlas({
    client,
    crossCheckNames: defaultCrossCheckNames,
    onDrift: (kind) => assert.fail(kind),
  });
  return { atlas, calls };
}

const good = (count: number) => Array.from({ length: count }, (_, place) => `${place} Sample Road`);

async function match(atlas: Atlas, source: string, targets: readonly string[]) {
  const matches = await atlas.matchAddresses(tenantNamed('acme'), {
    applicationId: 'app-0001',
    source,
    targets,
  });
  return matches.map(({ similarityScore, failure }) => failure?.code ?? similarityScore);
}

test('good addresses cost one call', async (t) => {
  const { atlas, calls } = await openStrict(t);
  const scores = await match(atlas, '1 Test Road', good(100));
  assert.deepEqual(
    scores,
    Array.from({ length: 100 }, (_, place) => place),
  );
  assert.equal(calls.length, 1);
});

test('a bad source costs two calls, and every target says so', async (t) => {
  const { atlas, calls } = await openStrict(t);
  const codes = await match(atlas, '??', good(24));
  assert.deepEqual(new Set(codes), new Set(['422']));
  assert.equal(codes.length, 24);
  assert.deepEqual(calls.slice(1), [['??']]);
});

test('a bad target alone costs one call', async (t) => {
  const { atlas, calls } = await openStrict(t);
  assert.deepEqual(await match(atlas, '1 Test Road', ['??']), ['422']);
  assert.equal(calls.length, 1);
});

for (const place of [0, 11, 12, 23]) {
  test(`one bad target of 24, at ${place}, costs few calls and the others get their scores`, async (t) => {
    const { atlas, calls } = await openStrict(t);
    const targets = good(24).with(place, '??');
    const expected = Array.from({ length: 24 }, (_, each) => (each === place ? '422' : each));
    assert.deepEqual(await match(atlas, '1 Test Road', targets), expected);
    assert.ok(calls.length <= 12, `${calls.length} calls`);
  });
}

test('two bad targets of 24 leave the other 22 their scores', async (t) => {
  const { atlas, calls } = await openStrict(t);
  const targets = good(24).with(3, '??').with(20, '?');
  const codes = await match(atlas, '1 Test Road', targets);
  assert.deepEqual(
    codes,
    Array.from({ length: 24 }, (_, place) => (place === 3 || place === 20 ? '422' : place)),
  );
  assert.ok(calls.length <= 21, `${calls.length} calls`);
});

test('however many targets are bad, there are 20 further calls at most', async (t) => {
  const { atlas, calls } = await openStrict(t);
  const targets = good(100).map((target, place) => (place % 2 ? target : '??'));
  const codes = await match(atlas, '1 Test Road', targets);
  assert.equal(calls.length, 21);
  assert.equal(codes.length, 100);
  for (const [place, code] of codes.entries()) {
    const allowed = place % 2 ? [place, 'NOT_TRIED'] : ['422', 'NOT_TRIED'];
    assert.ok(allowed.includes(code ?? ''), `${place}: ${code}`);
  }
  assert.ok(codes.includes('NOT_TRIED'));
});

test('another failure on the way fails the whole, and only once', async () => {
  let calls = 0;
  const failure = await failureOf(
    matchGroup({
      source: 'source',
      targets: ['one', 'two'],
      match() {
        calls += 1;
        const status = calls === 1 ? 422 : 503;
        const failing = { endpoint: 'matchAddresses', failure: 'unavailable', status } as const;
        return Promise.reject(new AtlasError(failing));
      },
    }),
  );
  assert.equal(failure.status, 503);
  assert.equal(calls, 2);
});

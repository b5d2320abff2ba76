import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { toMoment } from '../../src/schema/rfc3339.ts';
import { codesOf, transports } from '../support/limits/transports.ts';
import { openGateway } from '../support/open-gateway.ts';

const refused: readonly unknown[] = [
  '01/12/2026',
  '1',
  'foo 7',
  '2026-02-30T00:00:00Z',
  '2026-01-15T09:30:00',
  '2026-01-15 09:30:00Z',
  '2026-01-15T09:30Z',
  '2026-01-15',
  '2026-01-15T24:00:00Z',
  '2026-01-15T09:60:00Z',
  '2026-01-15T09:30:60Z',
  '2026-01-15T09:30:00.Z',
  '2026-01-15T09:30:00+0530',
  '2026-01-15T09:30:00+24:00',
  '2026-01-15T09:30:00+05:60',
  '2026-01-15T09:30:00 Z',
  ' 2026-01-15T09:30:00Z',
  '2026-01-15T09:30:00Z\n',
  '+002026-01-15T09:30:00Z',
  '२०२६-01-15T09:30:00Z',
  'Thu, 15 Jan 2026 09:30:00 GMT',
  '',
  1_768_469_400_000,
  true,
  {},
  [['2026-01-15T09:30:00Z']],
];
const taken = [
  '2026-01-15T09:30:00Z',
  '2026-01-15T09:30:00+05:30',
  '2026-01-15T09:30:00.123Z',
  '2026-01-15t09:30:00.123456789z',
  '2024-02-29T23:59:59-00:00',
  '2016-12-31T23:59:60Z',
];
const byVariable = `query ($at: DateTime!) {
  flows(first: 1, filter: { createdAfter: $at }) { edges { cursor } }
}`;

const [[, overHttp] = assert.fail()] = transports;
const paths = [
  ...transports.map(([name, ask]) => ({ name, ask, options: {} })),
  { name: 'HTTP by Yoga', ask: overHttp, options: { fastPath: () => false } },
];
for (const { name, ask, options } of paths) {
  test(`only RFC 3339 is taken as a DateTime over ${name}`, async (t) => {
    const gateway = await openGateway(t, options);
    for (const at of refused) {
      const answer = await ask(gateway, { query: byVariable, variables: { at } });
      assert.deepEqual(codesOf(answer), ['BAD_USER_INPUT'], JSON.stringify(at));
      if (typeof at === 'string' && at.length > 3) {
        assert.ok(!JSON.stringify(answer).includes(at), `${at} is quoted`);
      }
    }
    for (const literal of ['"01/12/2026"', '1', 'foo', '"2026-02-30T00:00:00Z"', '{ at: 1 }']) {
      const query = `{ flows(first: 1, filter: { createdBefore: ${literal} }) { edges { cursor } } }`;
      assert.deepEqual(codesOf(await ask(gateway, { query })), ['BAD_USER_INPUT'], literal);
    }
    for (const at of taken) {
      assert.deepEqual(
        codesOf(await ask(gateway, { query: byVariable, variables: { at } })),
        [],
        at,
      );
      const query = `{ flows(first: 1, filter: { createdBefore: "${at}" }) { edges { cursor } } }`;
      assert.deepEqual(codesOf(await ask(gateway, { query })), [], at);
    }
  });
}

test('a moment is read to the millisecond, with its offset', () => {
  const read = (text: string) => toMoment(text)?.toISOString() ?? null;
  assert.equal(read('2026-01-15T09:30:00+05:30'), '2026-01-15T04:00:00.000Z');
  assert.equal(read('2026-01-01T00:00:00.5-11:00'), '2026-01-01T11:00:00.500Z');
  assert.equal(read('2026-01-15T09:30:00.1239Z'), '2026-01-15T09:30:00.123Z');
  assert.equal(read('0042-01-01T00:00:00Z'), '0042-01-01T00:00:00.000Z');
  assert.equal(read('2016-12-31T23:59:60Z'), '2017-01-01T00:00:00.000Z');
  assert.equal(read('2017-01-01T05:29:60+05:30'), '2017-01-01T00:00:00.000Z');
  assert.equal(read('2016-12-30T23:59:60Z'), null);
});

test('each moment that JavaScript prints is read as itself', () => {
  const moments = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moments, (moment) => {
      assert.deepEqual(toMoment(moment.toISOString()), moment);
    }),
  );
});

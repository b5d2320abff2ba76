import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { operations } from '../support/both-ways/operations.ts';
import { reads } from '../support/both-ways/reads.ts';
import { requests } from '../support/both-ways/requests.ts';
import { type CaseGroup, type Heard, openTwoWays } from '../support/both-ways/two-ways.ts';
import { groups } from '../support/negative/groups.ts';
import type { Sent } from '../support/negative/row.ts';

const timeout = 120_000;
const forms = ['application/graphql-response+json', 'application/json', undefined];

/** The rows of the negative table that are sent by HTTP; some of its groups have none. */
const negative = groups
  .map(
    ({ what, env = {}, rows }): CaseGroup => ({
      what,
      options: { env },
      // Subscriptions that are held beside a request are not opened here.
      cases: rows.filter(({ outcomes, held }) => outcomes.HTTP !== undefined && held === undefined),
    }),
  )
  .filter(({ cases }) => cases.length > 0);

for (const group of [...negative, operations, requests, ...reads]) {
  test(`both ways answer the same: ${group.what}`, { timeout }, async (t) => {
    const ways = await openTwoWays(t, group.options);
    const heard: Heard[] = [];
    for (const given of group.cases) {
      for (const accept of group.accepts ?? forms) heard.push(await ways.compare(given, accept));
    }
    await ways.compareMetrics();
    assert.equal(heard.flatMap(({ audit }) => audit).length, group.records ?? 0);
  });
}

test('both ways answer every audit of GraphQL over HTTP the same', { timeout }, async (t) => {
  const ways = await openTwoWays(t);
  const audits = serverAudits({
    url: 'http://localhost/graphql',
    fetchFn: async (url: string, init?: RequestInit) => {
      const request = new Request(url, init);
      const heard = await ways.compare({ what: request.url, sent: await toSent(request) });
      const [, ...lines] = heard.head;
      return new Response(heard.text, {
        status: heard.status,
        headers: lines.map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      });
    },
  });
  assert.equal(audits.length, 61);
  for (const audit of audits) {
    await t.test(audit.name, async () => {
      const result = await audit.fn();
      assert.equal(result.status, 'ok', 'reason' in result ? result.reason : result.name);
    });
  }
  await ways.compareMetrics();
});

test('both ways tell the same of who leaves', { timeout }, async (t) => {
  const ways = await openTwoWays(t);
  await ways.compareLeft(({ flow }) => `{ flow(uuid: "${flow}") { status { state } } }`);
  await ways.compareLeft(
    ({ flow }) => `{ flowsByUuid(uuids: ["${flow}"]) { documents { state } } }`,
  );
  await ways.compareMetrics();
});

/** The request of an audit, with the headers that it names and no others. */
async function toSent(request: Request): Promise<() => Sent> {
  const { 'content-type': type, ...headers } = Object.fromEntries(request.headers);
  const body = await request.text();
  return () => ({
    body,
    method: request.method,
    search: new URL(request.url).search,
    headers: Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(type === undefined ? {} : { type }),
  });
}

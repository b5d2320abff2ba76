import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { createCacheOptions } from '../../../clients/web/src/apollo.ts';
import { createGraphcacheOptions } from '../../../clients/web/src/urql.ts';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';

const stateOf = '($uuid: String!) { flow(uuid: $uuid) { id status { state version } } }';
const stagesOf =
  '($uuid: String!) { flow(uuid: $uuid) { id status { upload freshness { stale } } } }';
const namesOf = `($uuid: String!) { flow(uuid: $uuid) { id documents { id extraction {
  lowestConfidence ... on IdentityExtraction { name { value } }
} } } }`;
const pageOf = `($after: String) { flows(first: 2, after: $after) {
  edges { cursor node { id uuid status { state } } } pageInfo { endCursor hasNextPage }
} }`;

interface Page {
  readonly flows: {
    readonly edges: readonly { readonly node: { readonly uuid: string } }[];
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean };
  } | null;
}

interface Names {
  readonly flow: {
    readonly documents: readonly {
      readonly extraction: { readonly name?: { readonly value: string } };
    }[];
  } | null;
}

function createApollo(t: TestContext, gateway: OpenGateway, cache: InMemoryCache): ApolloClient {
  const { authorization = '' } = gateway.headers;
  const link = new HttpLink({ uri: gateway.graphqlUrl, headers: { authorization } });
  const client = new ApolloClient({ cache, link });
  t.after(() => client.stop());
  return client;
}

/** A flow with one document that has been read. */
async function openReadFlow(gateway: OpenGateway): Promise<string> {
  const uuid = await gateway.openFlow();
  await gateway.upload(uuid, 'pan.jpg');
  gateway.sandbox.finishFlow(uuid, 'SUCCESS');
  return uuid;
}

test("two selections of a status stay side by side in Apollo's cache", async (t) => {
  const gateway = await openGateway(t);
  const uuid = await gateway.openFlow();
  const variables = { uuid };
  const [states, stages] = [gql(`query States${stateOf}`), gql(`query Stages${stagesOf}`)];

  const read = async (cache: InMemoryCache) => {
    const apollo = createApollo(t, gateway, cache);
    await apollo.query({ query: states, variables });
    await apollo.query({ query: stages, variables });
    return apollo.readQuery({ query: states, variables });
  };

  assert.equal(await read(new InMemoryCache()), null, "Apollo's default cache has lost the first");
  assert.partialDeepStrictEqual(await read(new InMemoryCache(createCacheOptions())), {
    flow: { status: { state: 'NOT_STARTED' } },
  });
});

test("fields of a fragment on an interface are in Apollo's cache", async (t) => {
  const gateway = await openGateway(t);
  const uuid = await openReadFlow(gateway);
  const query = gql(`query Names${namesOf}`);
  const read = async (cache: InMemoryCache) => {
    const { data } = await createApollo(t, gateway, cache).query<Names>({
      query,
      variables: { uuid },
    });
    return data?.flow?.documents[0]?.extraction.name;
  };

  assert.equal(await read(new InMemoryCache()), undefined, "Apollo's default cache drops the name");
  assert.ok((await read(new InMemoryCache(createCacheOptions())))?.value);
});

test("pages of a connection become one list in Apollo's cache", async (t) => {
  const gateway = await openGateway(t);
  const uuids = [
    await gateway.openFlow('a'),
    await gateway.openFlow('b'),
    await gateway.openFlow('c'),
  ];
  const apollo = createApollo(t, gateway, new InMemoryCache(createCacheOptions()));
  const query = gql(`query Flows${pageOf}`);

  const list = apollo.watchQuery<Page>({ query });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const watching = list.subscribe(({ data, dataState }) => {
    if (dataState === 'complete') resolve(data.flows?.pageInfo.endCursor);
  });
  t.after(() => watching.unsubscribe());
  await list.fetchMore({ variables: { after: await promise } });
  const all = apollo.readQuery<Page>({ query });

  assert.deepEqual(
    all?.flows?.edges.map(({ node }) => node.uuid),
    uuids.toReversed(),
  );
});

test('two selections of a status, fragments on interfaces and pages are kept by Graphcache', async (t) => {
  const gateway = await openGateway(t);
  const uuid = await openReadFlow(gateway);
  await gateway.openFlow('b');
  await gateway.openFlow('c');
  const complaints: string[] = [];
  const { authorization = '' } = gateway.headers;
  const urql = new Client({
    url: gateway.graphqlUrl,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange({
        ...createGraphcacheOptions(),
        logger: (severity, message) => severity !== 'debug' && void complaints.push(message),
      }),
      fetchExchange,
    ],
  });
  const cacheOnly = { requestPolicy: 'cache-only' } as const;

  await urql.query(`query States${stateOf}`, { uuid });
  await urql.query(`query Stages${stagesOf}`, { uuid });
  const { data } = await urql.query(`query States${stateOf}`, { uuid }, cacheOnly);
  const names = await urql.query<Names>(`query Names${namesOf}`, { uuid });
  const first = await urql.query<Page>(`query Flows${pageOf}`, {});
  const after = first.data?.flows?.pageInfo.endCursor;
  await urql.query<Page>(`query Flows${pageOf}`, { after });
  const all = await urql.query<Page>(`query Flows${pageOf}`, { after }, cacheOnly);

  assert.equal(data?.flow.status.state, 'SUCCESS');
  assert.ok(names.data?.flow?.documents[0]?.extraction.name?.value);
  assert.equal(all.data?.flows?.edges.length, 3);
  assert.deepEqual(
    complaints.filter((text) => !/Heuristic Fragment Matching/.test(text)),
    [],
  );
});

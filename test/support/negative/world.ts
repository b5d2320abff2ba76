import type { TestContext } from 'node:test';
import { openProvider } from '../identity/open-provider.ts';
import { createFakeClock } from '../live/fake-clock.ts';
import type { GatewayOptions } from '../open-gateway.ts';
import { openTenants, type TwoTenants } from '../tenants/open-tenants.ts';
import { type Credential, callbackSecret, mintAll, tenants } from './credentials.ts';
import type { Things } from './row.ts';

/** A gateway of several tenants in which nothing happens by itself, and whoever may come to it. */
export interface World extends TwoTenants {
  readonly things: Things;
  readonly credentials: ReadonlyMap<Credential, string>;
  /** A flow of each tenant that is there to be watched by bystanders. */
  readonly watched: Readonly<Record<string, string>>;
  /** Has so many milliseconds pass, with time for answers in between. */
  pass(ms: number): Promise<void>;
}

/** Opens it, closed with the test. */
export async function openWorld(
  t: TestContext,
  { env = {}, config = {}, ...options }: GatewayOptions,
): Promise<World> {
  const clock = createFakeClock();
  const provider = await openProvider(t, clock.now);
  const gateway = await openTenants(t, {
    ...options,
    clock,
    tenants: tenants(),
    env: { CALLBACK_SECRET: callbackSecret, LOG_LEVEL: 'debug', ...env },
    config: { jwt: provider.trust, ...config },
  });
  const flow = await gateway.acme.openFlow();
  const finished = await gateway.acme.openFlow();
  const theirs = await gateway.bolt.openFlow('application-of-bolt');
  await gateway.upload(finished, 'pan.jpg', 'aadhaar.jpg');
  const count = gateway.app.countWatched();
  gateway.sandbox.finishFlow(finished, 'SUCCESS');
  await gateway.sandbox.waitForCallback(finished);
  // The gateway has heard it, and looks for itself: that is over when it watches no more.
  while (gateway.app.countWatched() > count) await fetch(`${gateway.app.url}/health`);
  const theirBatch = await gateway.bolt.ask(
    'mutation { createBatch(input: { files: [{ documentId: "1", url: "https://files.example/pan.jpg" }] }) { batch { batchId } } }',
  );

  async function grantFor(flowUuid: string, ttlSeconds: number): Promise<string> {
    const { data } = await gateway.acme.ask(
      'mutation ($input: IssueFlowGrantInput!) { issueFlowGrant(input: $input) { token } }',
      { input: { flowUuid, ttlSeconds, canReadDocuments: true } },
    );
    return data.issueFlowGrant.token;
  }
  const overGrant = await grantFor(flow, 60);
  await clock.advance(61_000);
  const revokedGrant = await grantFor(flow, 3_600);
  await gateway.acme.ask(
    `mutation { revokeFlowGrants(input: { flowUuid: "${flow}" }) { revokedBefore } }`,
  );
  const grant = await grantFor(flow, 3_600);
  const briefGrant = await grantFor(flow, 60);
  const mint = { provider, now: clock.now, flow, grant, briefGrant, overGrant, revokedGrant };

  const watched: Record<string, string> = {};
  for (const { id } of tenants()) {
    // Those with little leave have no bystanders.
    if (id === 'acme') watched[id] = flow;
    if (id === 'bolt') watched[id] = theirs;
  }
  return {
    ...gateway,
    watched,
    credentials: await mintAll(mint),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 3_000) {
        await clock.advance(Math.min(left, 3_000));
        await gateway.acme.ask('{ __typename }');
      }
    },
    things: {
      flow,
      finished,
      theirs,
      theirBatch: theirBatch.data.createBatch.batch.batchId,
      key: gateway.apiKey,
    },
  };
}

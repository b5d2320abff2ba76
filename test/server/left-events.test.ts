import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { openEvents } from '../support/server/event-reader.ts';
import { openSocket } from '../support/server/raw-socket.ts';

/** An event of it asks for what the watch of the flow does not. */
const query =
  'subscription ($uuid: String!) { flowUpdated(uuid: $uuid) { crossChecks { field } } }';

type Subscribe = (t: TestContext, gateway: OpenGateway, uuid: string) => Promise<() => void>;

const transports: Readonly<Record<string, Subscribe>> = {
  async 'a WebSocket'(t, { webSocketUrl, apiKey }, uuid) {
    const socket = await openSocket(t, webSocketUrl);
    await socket.init(`Bearer ${apiKey}`);
    socket.subscribe('1', query, { uuid });
    await socket.isHeard();
    return () => socket.socket.close();
  },
  async 'a stream of events'(t, { graphqlUrl, headers }, uuid) {
    const reader = await openEvents(t, graphqlUrl, {
      method: 'POST',
      headers: { ...headers, accept: 'text/event-stream' },
      body: { query, variables: { uuid } },
    });
    return reader.leave;
  },
};

for (const [name, subscribe] of Object.entries(transports)) {
  test(`the reads of an event end when the last of its readers leaves ${name}`, async (t) => {
    const gateway = await openGateway(t, { env: { LOG_LEVEL: 'debug' } });
    const uuid = await gateway.openFlow();
    gateway.sandbox.fault('flowExtracts', { hang: true });
    const leaveFirst = await subscribe(t, gateway, uuid);
    await gateway.sandbox.waitForCall('flowExtracts');
    const leaveLast = await subscribe(t, gateway, uuid);
    const countSubscriptions = async () => {
      const { data } = await gateway.ask('{ viewer { limits { name remaining } } }');
      const { limits } = data.viewer;
      return (
        25_000 - limits.find((limit: { name: string }) => limit.name === 'subscriptions').remaining
      );
    };
    const isCancelled = () => gateway.logLines().some(({ outcome }) => outcome === 'cancelled');
    while ((await countSubscriptions()) < 2);
    leaveFirst();
    while ((await countSubscriptions()) > 1);
    assert.equal(isCancelled(), false);
    leaveLast();
    while (!isCancelled()) await fetch(`${gateway.app.url}/health`);
  });
}

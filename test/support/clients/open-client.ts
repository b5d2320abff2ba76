import type { TestContext } from 'node:test';
import {
  type AtlasClient,
  type AtlasClientOptions,
  createAtlasClient,
} from '../../../clients/web/src/client.ts';
import type { OpenGateway } from '../open-gateway.ts';

/** The kit before a gateway of the suite, closed with the test. */
export function openClient(
  t: TestContext,
  gateway: OpenGateway,
  options: Partial<AtlasClientOptions> = {},
): AtlasClient {
  const client = createAtlasClient({
    url: gateway.graphqlUrl,
    getToken: () => gateway.apiKey,
    ...options,
  });
  t.after(() => client.close());
  return client;
}

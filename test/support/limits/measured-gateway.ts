import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { Endpoints } from './transports.ts';

/** A gateway on a thread of its own, before an Atlas whose answers are texts of the test's own. */
export interface MeasuredGateway extends Endpoints {
  /** Atlas's answers, by the end of the path. */
  readonly answers: Map<string, string>;
  /** Runs an act, and returns the processor time in milliseconds of the longest turn meanwhile. */
  longestTurnMs(act: () => Promise<unknown>): Promise<number>;
}

const ended =
  '{"master_status":"SUCCESS","upload_status":"SUCCESS","processing_status":"SUCCESS","crossheck_status":"COMPLETED"}';
const apiKey = 'test-key-of-this-suite';

/** Opens one, closed with the test. */
export async function openMeasuredGateway(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<MeasuredGateway> {
  const answers = new Map([
    ['/authtoken', '{"access_token":"a.b.c","expires_in":3600}'],
    ['/verification/status', ended],
    ['/verification/extracts', '{"ocr_data":[],"cross_checks":[]}'],
  ]);
  const atlas = createServer((request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    const answer = [...answers].find(([end]) => path.endsWith(end))?.[1];
    request.resume();
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer ?? '{"error":"nothing here"}');
  });
  atlas.listen(0, '127.0.0.1');
  await once(atlas, 'listening');
  const { port } = atlas.address() as AddressInfo; // it listens on a port
  const gateway = new Worker(new URL('measured-process.ts', import.meta.url), {
    workerData: {
      PORT: '0',
      ATLAS_BASE_URL: `http://127.0.0.1:${port}`,
      ATLAS_CLIENT_ID: 'sandbox-client',
      ATLAS_CLIENT_SECRET: 'sandbox-secret',
      ATLAS_PRODUCT_TYPE: 'TEST_PRODUCT',
      GATEWAY_API_KEY: apiKey,
      SHUTDOWN_GRACE_MS: '0',
      DRAIN_MS: '0',
      DATA_DIR: ':memory:',
      RATE_LIMIT_PER_MINUTE: '100000',
      ...env,
    },
  });
  async function answerTo(message: string): Promise<{ readonly longestMs: number }> {
    const answered = once(gateway, 'message');
    gateway.postMessage(message);
    return (await answered)[0];
  }
  t.after(async () => {
    const exited = once(gateway, 'exit');
    gateway.postMessage('close');
    await exited;
    atlas.close();
    atlas.closeAllConnections();
  });
  const [{ url }] = await once(gateway, 'message');
  const graphqlUrl = `${url}/graphql`;
  return {
    answers,
    graphqlUrl,
    webSocketUrl: graphqlUrl.replace(/^http/, 'ws'),
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    async longestTurnMs(act) {
      await answerTo('begin');
      await act();
      return (await answerTo('end')).longestMs;
    },
  };
}

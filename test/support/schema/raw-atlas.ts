import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type OpenGateway, openGateway } from '../open-gateway.ts';

/** An Atlas whose answers are texts of the test's own, and whose requests are kept as texts. */
export interface RawAtlas {
  readonly gateway: OpenGateway;
  /** The answers, as they are sent, by the end of the path. */
  readonly answers: Map<string, string>;
  /** The body of the last request to a path that ends so; empty if there was none. */
  lastBody(pathEnd: string): string;
  countCalls(pathEnd: string): number;
}

const ended =
  '{"master_status":"SUCCESS","upload_status":"SUCCESS","processing_status":"SUCCESS","crossheck_status":"COMPLETED"}';

/** Opens one with a gateway before it, both closed with the test. */
export async function openRawAtlas(t: TestContext): Promise<RawAtlas> {
  const requests: { readonly path: string; readonly body: string }[] = [];
  const answers = new Map([
    ['/authtoken', '{"access_token":"a.b.c","expires_in":3600}'],
    ['/flow/init', '{"flow_uuid":"LOS-1"}'],
    ['/verification/status', ended],
    ['/verification/extracts', '{"ocr_data":[],"cross_checks":[]}'],
  ]);
  const server = createServer(async (request, response) => {
    const path = request.url?.split('?')[0] ?? '';
    requests.push({ path, body: (await request.toArray()).join('') });
    const answer = [...answers].find(([end]) => path.endsWith(end))?.[1];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(answer ?? '{"error":"nothing here"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const gateway = await openGateway(t, { env: { ATLAS_BASE_URL: `http://127.0.0.1:${port}` } });
  const callsOf = (end: string) => requests.filter(({ path }) => path.endsWith(end));
  return {
    gateway,
    answers,
    lastBody: (pathEnd) => callsOf(pathEnd).at(-1)?.body ?? '',
    countCalls: (pathEnd) => callsOf(pathEnd).length,
  };
}

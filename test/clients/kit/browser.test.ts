import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { startNetwork } from '../../support/clients/network.ts';
import { openBrowser } from '../../support/open-browser.ts';
import { type OpenGateway, openGateway } from '../../support/open-gateway.ts';

const app = fileURLToPath(new URL('../../support/clients/browser-app.tsx', import.meta.url));

/** The origin of a page with the sample's components, as a bundle for browsers. */
async function servePage(t: TestContext): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [app],
    bundle: true,
    format: 'esm',
    jsx: 'automatic',
    write: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const script = outputFiles[0]?.text ?? '';
  const server = createServer(({ url }, response) => {
    const isScript = url === '/app.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(
      isScript ? script : '<!doctype html><body><script type="module" src="/app.js"></script>',
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return `http://127.0.0.1:${port}`;
}

async function openPage(
  browser: BrowserContext,
  origin: string,
  gateway: OpenGateway,
  given: Readonly<{ url?: string; flows?: readonly string[]; hasList?: boolean }>,
): Promise<Page> {
  const page = await browser.newPage();
  const search = new URLSearchParams({ url: given.url ?? gateway.graphqlUrl, key: gateway.apiKey });
  for (const [place, uuid] of (given.flows ?? []).entries())
    search.append('flow', `${place} ${uuid}`);
  if (given.hasList) search.set('list', '');
  await page.goto(`${origin}/?${search}`);
  return page;
}

const slowAtlas = { stageMs: 3_600_000 };

test('in Chromium the end of a flow is seen after a silent cut and after a refused network', {
  timeout: 110_000,
}, async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const origin = await servePage(t);
  const gateway = await openGateway(t, { env: { CORS_ORIGINS: origin }, sandbox: slowAtlas });
  const network = await startNetwork(t, gateway.graphqlUrl);
  const [cut, refused] = [await gateway.openFlow('a'), await gateway.openFlow('b')];
  const page = await openPage(browser, origin, gateway, {
    url: network.url,
    flows: [cut, refused],
  });
  const isEnded = (uuid: string) => page.getByText(`${uuid}: SUCCESS`).waitFor({ timeout: 10_000 });
  await page.getByText(`${cut}: NOT_STARTED`).waitFor();
  await page.getByText(`${refused}: NOT_STARTED`).waitFor();

  network.cutSilently();
  gateway.sandbox.finishFlow(cut, 'SUCCESS');
  await network.restore();
  await isEnded(cut);

  await network.refuse();
  gateway.sandbox.finishFlow(refused, 'SUCCESS');
  await page.locator('[data-liveness=connecting]').waitFor();
  await network.restore();
  await isEnded(refused);
});

test('in Chromium components that show one flow share its watch, and all flows a socket', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const origin = await servePage(t);
  const gateway = await openGateway(t, { env: { CORS_ORIGINS: origin }, sandbox: slowAtlas });
  const [one, other] = [await gateway.openFlow('a'), await gateway.openFlow('b')];
  const page = await openPage(browser, origin, gateway, { flows: [one, one, one, other] });
  await page.locator('[data-liveness=live]').nth(3).waitFor();
  await page.getByText(`${other}: NOT_STARTED`).waitFor();

  gateway.sandbox.finishFlow(one, 'SUCCESS');
  await page.locator('[data-liveness=ended]').nth(2).waitFor();
  await page.close();

  const watches = gateway.logLines().filter(({ operation }) => operation === 'AtlasFlow');
  assert.ok(watches.length <= 2, `${watches.length} watches`);
});

test('in Chromium a list of flows loads more pages and follows its rows', async (t) => {
  const browser = await openBrowser(t);
  if (browser === null) return;
  const origin = await servePage(t);
  const gateway = await openGateway(t, { env: { CORS_ORIGINS: origin }, sandbox: slowAtlas });
  const flows = [
    await gateway.openFlow('a'),
    await gateway.openFlow('b'),
    await gateway.openFlow('c'),
  ];
  const page = await openPage(browser, origin, gateway, { hasList: true });
  const rows = page.getByRole('listitem');
  await rows.nth(1).waitFor();
  assert.deepEqual(await rows.allInnerTexts(), ['c: NOT_STARTED', 'b: NOT_STARTED']);

  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText('a: NOT_STARTED').waitFor();
  gateway.sandbox.finishFlow(flows[0] ?? '', 'SUCCESS');
  await page.getByText('a: SUCCESS').waitFor();

  assert.deepEqual(await rows.allInnerTexts(), ['c: NOT_STARTED', 'b: NOT_STARTED', 'a: SUCCESS']);
  assert.equal(await page.getByRole('button', { name: 'More' }).count(), 0);
});

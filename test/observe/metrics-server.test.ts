import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { readBuild } from '../../src/build.ts';
import { metrics } from '../../src/observe/metrics.ts';
import { startMetricsServer } from '../../src/observe/metrics-server.ts';
import { openObserved } from '../support/observe/open-observed.ts';
import { openGateway } from '../support/open-gateway.ts';

const ofTheProcess = [
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_gc_duration_seconds',
  'nodejs_heap_size_used_bytes',
  'process_resident_memory_bytes',
  'process_cpu_seconds_total',
];

test('metrics are off unless a port is given, and never on the public one', async (t) => {
  const { app, headers } = await openGateway(t);
  assert.equal(app.metricsUrl, null);
  const observed = await openObserved(t);
  for (const url of [app.url, observed.app.url]) {
    assert.equal((await fetch(`${url}/metrics`, { headers })).status, 404);
  }
});

test('GET /metrics is answered in the text form of Prometheus', async (t) => {
  const { metricsUrl } = await openObserved(t);
  const response = await fetch(metricsUrl);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const name of [...Object.keys(metrics), ...ofTheProcess]) {
    assert.match(text, new RegExp(`^# HELP ${name} .+\\n# TYPE ${name} \\w+$`, 'm'));
  }
  assert.equal((await fetch(`${metricsUrl}?format=text`)).status, 200);
});

test('the metrics tell the build of the process', async (t) => {
  const { samplesOf } = await openObserved(t);
  const [sample, ...more] = await samplesOf('atlas_gateway_build_info');
  const { version, commit } = readBuild();
  assert.deepEqual([sample?.labels, sample?.value, more], [{ version, commit }, 1, []]);
});

test('everything else is refused', async (t) => {
  const { metricsUrl } = await openObserved(t);
  const { origin } = new URL(metricsUrl);
  for (const path of ['/', '/metrics/', '/metric', '/graphql', '/health', '//metrics']) {
    assert.equal((await fetch(`${origin}${path}`)).status, 404, path);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD']) {
    const response = await fetch(metricsUrl, { method });
    assert.equal(response.status, 405, method);
    assert.equal(response.headers.get('allow'), 'GET');
  }
});

test('a body that never ends is not waited for', async (t) => {
  const { metricsUrl } = await openObserved(t);
  const asking = request(metricsUrl, { method: 'POST', headers: { 'content-length': '1000000' } });
  t.after(() => asking.destroy());
  asking.on('error', () => {}); // the connection closes with the answer
  asking.write('x');
  const [response] = await once(asking, 'response');
  assert.equal(response.statusCode, 405);
  assert.equal(response.headers.connection, 'close');
});

test('a scrape that fails is a 500 without a word of its cause', async (t) => {
  const server = await startMetricsServer({
    host: '127.0.0.1',
    port: 0,
    scrape: async () => {
      throw new Error('a secret of the cause');
    },
  });
  t.after(server.close);
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), '');
});

test('a port that is taken is told of at the start', async (t) => {
  const scrape = async () => ({ text: '', contentType: 'text/plain' });
  const first = await startMetricsServer({ host: '127.0.0.1', port: 0, scrape });
  t.after(first.close);
  const again = startMetricsServer({ host: '127.0.0.1', port: first.port, scrape });
  await assert.rejects(again, /METRICS_PORT \d+ is taken/);
});

test('the metrics close with the gateway, even on a connection that says nothing', async (t) => {
  const { app, metricsUrl } = await openObserved(t);
  const socket = connect(Number(new URL(metricsUrl).port), '127.0.0.1');
  socket.on('error', () => {}); // told by `close`
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await app.close();
  await closed;
  await assert.rejects(fetch(metricsUrl));
});

import { Writable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { startApp } from '../../../src/app.ts';
import { readBuild } from '../../../src/build.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createLog } from '../../../src/logging/log.ts';

/*
 * A gateway on a thread of its own that measures how long it holds its event loop: the processor time of
 * each turn, which other work of the machine has no part in.
 */

const config = loadConfig(workerData);
if (config.atlas === null || parentPort === null) throw new Error('started without an Atlas');
const port = parentPort;
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const app = await startApp({
  config: { ...config, atlas: config.atlas },
  log: createLog(config.logLevel, nowhere),
  build: readBuild(),
  auditFile: { write() {} },
  playground: { settings: { apiKey: null, isSandbox: false, stories: [] } },
});

let isMeasuring = false;
let longestMs = 0;
let at = process.threadCpuUsage();

/** Runs once in each turn of the loop. */
function measure(): void {
  const { user, system } = process.threadCpuUsage(at);
  at = process.threadCpuUsage();
  longestMs = Math.max(longestMs, (user + system) / 1_000);
  if (isMeasuring) setImmediate(measure);
}

port.on('message', (message: 'begin' | 'end' | 'close') => {
  if (message === 'begin') {
    isMeasuring = true;
    longestMs = 0;
    at = process.threadCpuUsage();
    setImmediate(measure);
    port.postMessage({});
  } else if (message === 'end') {
    isMeasuring = false;
    measure();
    port.postMessage({ longestMs });
  } else void app.close().then(() => port.close());
});
port.postMessage({ url: app.url });

import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * Runs the whole suite, or the files that are given as arguments, four files at a time; exits with 1
 * if a test failed. The slowest files start first, so that none of them runs alone at the end.
 */
const root = new URL('../', import.meta.url).pathname;
const concurrency = 4;
/** A file with a property that is tried a million times takes minutes. */
const timeoutMs = process.env.TEST_LONG === '1' ? 900_000 : 240_000;

/** The slowest files, the slowest first. A file that is missing here still runs, only later. */
const slowest: readonly string[] = [
  'test/clients/outages.test.ts',
  'test/clients/kit/browser.test.ts',
  'test/negative/negative.test.ts',
  'test/server/operation/execution.test.ts',
  'test/server/nothing-left.test.ts',
  'test/fleet/many-readers.test.ts',
  'test/privacy/canary.test.ts',
  'test/playground/topics.test.ts',
  'test/playground/accessibility.test.ts',
  'test/playground/playground.test.ts',
  'test/playground/phone.test.ts',
  'test/fleet/workers.test.ts',
  'test/both-ways/both-ways.test.ts',
  'test/playground/key.test.ts',
  'test/playground/stories.test.ts',
  'test/server/process.test.ts',
  'test/fleet/redis-away.test.ts',
  'test/fleet/rolling-restart.test.ts',
  'test/server/slow-sockets.test.ts',
  'test/observe/tracing.test.ts',
  'test/fleet/secured-redis.test.ts',
  'test/fleet/tokens.test.ts',
];

const given = process.argv.slice(2);
const all = globSync('test/**/*.test.ts', { cwd: root }).toSorted();
const missing = slowest.filter((file) => !all.includes(file));
if (missing.length > 0) throw new Error(`no such test file: ${missing.join(', ')}`);
const ordered = [...slowest, ...all.filter((file) => !slowest.includes(file))];
const files = given.length > 0 ? given : ordered.map((file) => join(root, file));

process.exitCode = 1;
run({ files, cwd: root, concurrency, timeout: timeoutMs })
  .on('test:summary', ({ file, success }) => {
    // The summary of all files together names no file.
    if (file === undefined && success) process.exitCode = 0;
  })
  .compose(new spec())
  .pipe(process.stdout);

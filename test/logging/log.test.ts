import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const log = new URL('../../src/logging/log.ts', import.meta.url).href;
const output = new URL('../../src/logging/output.ts', import.meta.url).href;

/** Runs a few lines in a process of their own, and reads what they logged. */
function run(lines: string) {
  const script = `
    const { createLog } = await import('${log}');
    const { openOutput } = await import('${output}');
    const log = createLog('info', openOutput());
    ${lines}`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const logged = stdout.split('\n').filter(Boolean);
  return { status, logged: logged.map((line) => JSON.parse(line)) };
}

for (const [how, end, status] of [
  ['by itself', '', 0],
  ['at once', 'process.exit(3);', 3],
  ['by a fault', 'throw new Error();', 1],
] as const) {
  test(`all log lines are written when the process ends ${how}`, () => {
    const ended = run(
      `for (let count = 0; count < 2_000; count += 1) log.info('é', { count }); ${end}`,
    );
    assert.equal(ended.status, status);
    assert.deepEqual(
      ended.logged.map(({ msg, count }) => [msg, count]),
      Array.from({ length: 2_000 }, (_, count) => ['é', count]),
    );
  });
}

test('a field that is not on the list is left out, and a level that is off writes nothing', () => {
  const { logged } = run(`
    log.debug('off', { count: 1 });
    log.info('on', { count: 2, password: 'SECRET' });
  `);
  assert.deepEqual(
    logged.map(({ time, ...line }) => line),
    [{ level: 'info', count: 2, msg: 'on' }],
  );
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const output = new URL('../../src/logging/output.ts', import.meta.url).href;
const lines = 20_000;

/** Writes lines one way and the other in turn. */
function writerOf(name: string) {
  const script = `
    const { openOutput } = await import('${output}');
    const output = openOutput();
    for (let count = 0; count < ${lines}; count += 1) {
      const line = JSON.stringify({ name: '${name}', count, filling: 'é'.repeat(count % 200) });
      if (count % 5 === 0) output.writeNow(line + '\\n');
      else output.write(line + '\\n');
    }`;
  return script;
}

/** The lines that processes wrote to one pipe with a slow reader. */
async function readSlowly(scripts: readonly string[]): Promise<string> {
  const run = '"$NODE" --input-type=module --eval';
  const together = scripts.map((_, place) => `${run} "$SCRIPT_${place}" &`).join(' ');
  const child = spawn('sh', ['-c', `${together} wait`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      NODE: process.execPath,
      ...Object.fromEntries(scripts.map((script, place) => [`SCRIPT_${place}`, script])),
    },
  });
  const closed = once(child, 'close');
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) {
    chunks.push(chunk);
    // Meanwhile the pipe is full.
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  }
  assert.deepEqual(await closed, [0, null]);
  return Buffer.concat(chunks).toString('utf8');
}

test('lines that are written at once and lines that are gathered come whole and in order', async () => {
  const text = await readSlowly([writerOf('one')]);
  const counts = text.trimEnd().split('\n');
  assert.deepEqual(
    counts.map((line) => JSON.parse(line).count),
    Array.from({ length: lines }, (_, count) => count),
  );
});

test('the lines of two processes on one pipe come whole', async () => {
  const text = await readSlowly([writerOf('one'), writerOf('two')]);
  const read = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const name of ['one', 'two']) {
    assert.deepEqual(
      read.filter((line) => line.name === name).map(({ count }) => count),
      Array.from({ length: lines }, (_, count) => count),
    );
  }
});

test('when whoever read has gone, lines are dropped, and one that must be written throws', async () => {
  const script = `
    const { openOutput } = await import('${output}');
    const output = openOutput();
    output.writeNow('here\\n');
    process.stdin.once('data', () => {
      for (let count = 0; count < ${lines}; count += 1) output.write('nobody reads it\\n');
      try {
        output.writeNow('nor this\\n');
      } catch (error) {
        process.stderr.write(error.code);
      }
      output.write('nor what is left at the end\\n');
      process.stdin.destroy();
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.write('gone');
  const [said] = await once(child.stderr, 'data');
  assert.equal(String(said), 'EPIPE');
  assert.deepEqual(await closed, [0, null]);
});

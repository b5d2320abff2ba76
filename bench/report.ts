import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** Puts figures in the place of the last ones, between their marks in bench/README.md. */
export function writeMeasured(name: string, figures: string): void {
  const file = new URL('README.md', import.meta.url);
  const begin = `<!-- ${name}: measured -->\n`;
  const end = `<!-- ${name}: end -->`;
  const text = readFileSync(file, 'utf8');
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Error(`bench/README.md has no place for ${name}`);
  writeFileSync(file, `${head}${begin}\n${figures}\n\n${end}${tail}`);
}

/** The command line of these figures. */
export function commandOf(script: string): string {
  const given = process.argv.slice(2).filter((argument) => argument !== '--write');
  return [`npm run ${script}`, ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
}

/** The machine, and how busy it was when this was called and when the answer is. */
export function describeMachine(): () => string {
  const [processor] = cpus();
  const load = () => loadavg()[0]?.toFixed(1);
  const begin = `Node ${process.version}, ${cpus().length} × ${processor?.model}, load before ${load()}`;
  return () => `${begin}, after ${load()}`;
}

/** Ends this process on a signal; the others end with it, which the signal alone would not see to. */
export function endOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
}

/** The whole number, 1 or more, that an option gives. */
export function toCount(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${option} wants a whole number`);
  return count;
}

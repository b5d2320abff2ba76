import { createHash } from 'node:crypto';
import type { Environment } from './environment.ts';
import type { Variable } from './variables.ts';

/** Texts of operations by their SHA-256 in hex, from the file that the environment names. */
export function readPersisted(
  { read, fault }: Environment<Variable>,
  readFile: (path: string) => string,
): ReadonlyMap<string, string> {
  const path = read('PERSISTED_OPERATIONS_FILE');
  if (path === undefined) return new Map();
  try {
    const operations = Object.entries(JSON.parse(readFile(path)));
    const sound = operations.filter(isPersisted);
    if (sound.length === operations.length) return new Map(sound);
  } catch {
    // not to be read, or no JSON: the same fault
  }
  fault(
    'PERSISTED_OPERATIONS_FILE can\'t be used: give a file with JSON such as {"<sha256 in hex>":"query …"}.',
  );
  return new Map();
}

function isPersisted(entry: [string, unknown]): entry is [string, string] {
  const [hash, query] = entry;
  return typeof query === 'string' && createHash('sha256').update(query).digest('hex') === hash;
}

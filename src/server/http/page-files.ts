import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** The codings that files of the page are kept in. */
export type Encoding = 'br' | 'gzip' | 'identity';

/** A file of the page. Its name holds a hash of its content. */
export interface PageFile {
  readonly contentType: string;
  readonly bodies: Readonly<Record<Encoding, Buffer>>;
}

/** The page of the playground as it was built. */
export interface PageFiles {
  /** `index.html`, with `"{{settings}}"` where the settings belong. */
  readonly html: string;
  readonly files: ReadonlyMap<string, PageFile>;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads what `playground/build.ts` wrote; null where it wrote nothing. */
export function readPageFiles(directory: string): PageFiles | null {
  const read = (name: string) => readFileSync(join(directory, name));
  try {
    const html = read('index.html').toString();
    const files = readdirSync(directory).flatMap((name): [string, PageFile][] => {
      const contentType = contentTypes[extname(name)];
      if (contentType === undefined) return [];
      const bodies = { br: read(`${name}.br`), gzip: read(`${name}.gz`), identity: read(name) };
      return [[name, { contentType, bodies }]];
    });
    return { html, files: new Map(files) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The best coding that is accepted (RFC 9110, 12.5.3). */
export function chooseEncoding(acceptEncoding = ''): Encoding {
  const accepted = acceptEncoding
    .split(',')
    .filter((coding) => !/;\s*q=0(\.0*)?\s*$/.test(coding))
    .map((coding) => coding.replace(/;.*/, '').trim().toLowerCase());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

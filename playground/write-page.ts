import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = 'inputs.txt';
const page = 'index.html';
/** The folder of the files in addresses, relative to the page. */
const served = 'graphql/page/';

/** True if a directory holds the page as it is built from the files of this checkout. */
export function isBuilt(directory: string): boolean {
  const path = join(directory, stamp);
  return existsSync(path) && readFileSync(path, 'utf8') === hashInputs();
}

/**
 * Bundles the page into a directory: `index.html`, and files with a hash in their names, each also
 * compressed. Several processes may write at once, for equal names have equal contents.
 */
export async function writePage(directory: string): Promise<void> {
  const inputs = hashInputs();
  const { files, preloads } = await bundle();
  mkdirSync(directory, { recursive: true });
  const written = new Set([page, stamp]);
  await Promise.all(
    [...files].map(async ([name, bytes]) => {
      const [zipped, br] = await Promise.all([
        promisify(gzip)(bytes, { level: 9 }),
        promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      ]);
      for (const [suffix, body] of [
        ['', bytes],
        ['.gz', zipped],
        ['.br', br],
      ] as const) {
        written.add(name + suffix);
        write(directory, name + suffix, body);
      }
    }),
  );
  write(directory, page, toHtml([...files.keys()], preloads));
  write(directory, stamp, inputs);
  for (const name of readdirSync(directory)) {
    const isTemporary = name.endsWith('.tmp');
    if (!written.has(name) && !isTemporary) rmSync(join(directory, name), { force: true });
  }
}

interface Bundle {
  /** The files of the page by name, as they are served. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The names of those that the first script imports. */
  readonly preloads: readonly string[];
}

async function bundle(): Promise<Bundle> {
  // The bundler is a development package, and the rest of this file works without.
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['main.tsx', 'style.css', 'icon.svg'].map((name) => `playground/src/${name}`),
    outdir: 'build/playground',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2024', 'chrome123', 'firefox120', 'safari17.5'],
    minify: true,
    legalComments: 'none',
    // The compiler's configuration is for checking types.
    tsconfigRaw: {},
    jsx: 'automatic',
    jsxImportSource: 'preact',
    define: { 'process.env.NODE_ENV': '"production"' },
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [basename(path), contents])),
    preloads: Object.values(metafile.outputs)
      .filter(({ entryPoint }) => entryPoint === 'playground/src/main.tsx')
      .flatMap(({ imports }) => imports.filter(({ kind }) => kind === 'import-statement'))
      .map(({ path }) => basename(path)),
  };
}

/** The page with the names of its files; the gateway puts the settings in. */
function toHtml(names: readonly string[], preloads: readonly string[]): string {
  // Else a browser would learn of them only when the script that imports them is there.
  const links = preloads.map((name) => `<link rel="modulepreload" href="${served}${name}">`);
  const html = readFileSync(join(root, 'playground/src', page), 'utf8').replace(
    '{{preloads}}',
    links.join('\n    '),
  );
  return html.replace(/\{\{([\w-]+)\.(\w+)\}\}/g, (_, name, extension) => {
    const found = names.find(
      (each) => each.startsWith(`${name}-`) && each.endsWith(`.${extension}`),
    );
    if (found === undefined) throw new Error(`there is no file ${name}.${extension} of the page`);
    return served + found;
  });
}

/** Writes a file whole, so that no reader meets a part of it. */
function write(directory: string, name: string, content: string | Uint8Array): void {
  const temporary = join(directory, `${randomUUID()}.tmp`);
  writeFileSync(temporary, content);
  renameSync(temporary, join(directory, name));
}

function hashInputs(): string {
  const hash = createHash('sha256');
  const files = ['package-lock.json', ...globSync('playground/**/*.*', { cwd: root }).toSorted()];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

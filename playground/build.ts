import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isBuilt, writePage } from './write-page.ts';

/**
 * Builds the page of the playground into `build/playground/`, unless it was built from the same
 * files. A production install has no bundler: there an earlier build stays as it is.
 */
const directory = fileURLToPath(new URL('../build/playground', import.meta.url));
const bundler = fileURLToPath(new URL('../node_modules/esbuild', import.meta.url));

if (!isBuilt(directory)) {
  if (existsSync(bundler)) await writePage(directory);
  else process.stderr.write('The playground is not built: that needs the development packages.\n');
}

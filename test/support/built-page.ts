import { fileURLToPath } from 'node:url';
import { isBuilt, writePage } from '../../playground/write-page.ts';
import { type PageFiles, readPageFiles } from '../../src/server/http/page-files.ts';

const directory = fileURLToPath(new URL('../../build/playground', import.meta.url));

/** The page of the playground as this checkout builds it. */
export async function readBuiltPage(): Promise<PageFiles | null> {
  if (!isBuilt(directory)) await writePage(directory);
  return readPageFiles(directory);
}

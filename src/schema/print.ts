import { writeFile } from 'node:fs/promises';
import { printSchema } from 'graphql';
import { createSchema } from './index.ts';

/** The graph as it stands in `schema.graphql`. */
export function printGraph(): string {
  return `${printSchema(createSchema())}\n`;
}

if (import.meta.main) {
  await writeFile(new URL('../../schema.graphql', import.meta.url), printGraph());
}

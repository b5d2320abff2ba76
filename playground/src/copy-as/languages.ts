import { writeApollo } from './apollo.ts';
import type { WriteCode } from './copied.ts';
import { writeCurl } from './curl.ts';
import { writeJavaScript } from './javascript.ts';
import { writeKotlin } from './kotlin.ts';
import { writeSwift } from './swift.ts';

/** A language that operations are copied as. */
export interface Language {
  readonly name: string;
  readonly write: WriteCode;
}

/** Every such language, in the order of the menu. */
export const languages: readonly Language[] = [
  { name: 'curl', write: writeCurl },
  { name: 'JavaScript', write: writeJavaScript },
  { name: 'Apollo', write: writeApollo },
  { name: 'Kotlin', write: writeKotlin },
  { name: 'Swift', write: writeSwift },
];

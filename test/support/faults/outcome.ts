import { isDeepStrictEqual } from 'node:util';
import type { GraphAnswer } from '../open-gateway.ts';
import type { Outcome } from './matrix.ts';
import type { Asked } from './reaches.ts';

/** The outcome for a client, in a word. */
export function toOutcome({ data, errors }: GraphAnswer, { honest }: Asked): Outcome {
  const [error] = errors ?? [];
  // A text that is not one of the codes is no outcome, and is told by the comparison.
  if (error !== undefined) return error.extensions.code as Outcome;
  if (isDeepStrictEqual(data, honest)) return 'data';
  const [told] = Object.values<{ userErrors?: { code: Outcome }[] } | null>(data);
  if (told === undefined || told === null) return 'null';
  if (told.userErrors !== undefined) return told.userErrors[0]?.code ?? 'data';
  const asFresh = JSON.parse(JSON.stringify(data).replace('"stale":true', '"stale":false'));
  return isDeepStrictEqual(asFresh, honest) ? 'stale data' : 'other data';
}

import type { CrossCheckNames } from '../atlas/answers/cross-checks.ts';
import { contradictions } from './contradictions.ts';
import { type Evidence, isSuccess } from './evidence.ts';
import { findRows, findUnreadable } from './findings.ts';
import type { Point } from './point.ts';
import { toShapeLines } from './shape.ts';
import { unseenShapes } from './unseen-shapes.ts';

/** The report of a walk. */
export interface Report {
  readonly text: string;
  /** True if the gateway can read everything that came, and every call of the walk succeeded. */
  readonly isReadable: boolean;
}

/** Puts what a walk saw into words: shapes, the variant of each open point, and rows to add. */
export function toReport(evidence: Evidence, names: CrossCheckNames): Report {
  const unreadable = findUnreadable(evidence, names);
  const refused = evidence.exchanges.filter(
    ({ purpose, status }) => purpose === 'walk' && status !== null && !isSuccess(status),
  );
  const rows = findRows(evidence, names);
  const refusals = refused
    .filter(({ endpoint, status }) => endpoint !== 'matchAddresses' || status !== 422)
    .map(({ endpoint, status }) => `${endpoint} was refused with ${status}`);
  const text = [
    'Shapes (every value is left out)',
    ...shapesOf(evidence),
    '',
    'Contradictions of the contract (CONTRACT 11)',
    ...contradictions.map((point) => toLine(point, evidence)),
    '',
    'Shapes that were not documented',
    ...unseenShapes.map((point) => toLine(point, evidence)),
    '',
    'Rows to add',
    ...(rows.length === 0 ? ['  none'] : rows.map((row) => `  ${row}`)),
    '',
    'Parts that the gateway cannot read',
    ...listed([...unreadable, ...refusals]),
    '',
    `${evidence.exchanges.length} calls were made.`,
    '',
  ].join('\n');
  return { text, isReadable: unreadable.length === 0 && refusals.length === 0 };
}

function listed(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ['  nothing: all of it is read'] : lines.map((line) => `  ${line}`);
}

function toLine({ id, question, variant }: Point, evidence: Evidence): string {
  return `  ${id.padEnd(4)} ${question}: ${variant(evidence) ?? 'not seen in this walk'}`;
}

/** The shape of the last answer of each call with each status, and of each request that arrived. */
function shapesOf({ exchanges, received }: Evidence): string[] {
  const last = new Map(
    exchanges.map((exchange) => [
      `${exchange.endpoint} ${exchange.status ?? 'no answer'}`,
      exchange,
    ]),
  );
  const answers = [...last].flatMap(([label, { json, isEmpty }]) => [
    `  ${label}`,
    ...toBodyLines(json, isEmpty),
  ]);
  const requests = received.flatMap(({ kind, json }) => [
    `  request of Atlas to the ${kind} address`,
    ...toBodyLines(json, json === undefined),
  ]);
  return [...answers, ...requests];
}

function toBodyLines(json: unknown, isEmpty: boolean): string[] {
  if (json !== undefined) return toShapeLines(json, 2);
  return [isEmpty ? '    no body' : '    a body that is no JSON'];
}

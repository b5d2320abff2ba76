import { toAddressMatches } from '../atlas/answers/address-matches.ts';
import { type CrossCheckNames, createToCrossChecks } from '../atlas/answers/cross-checks.ts';
import { toBatchDocuments, toDocuments } from '../atlas/answers/documents.ts';
import { toFlowStatus } from '../atlas/answers/flow-status.ts';
import { documentTypeRow, fieldKindOf } from '../atlas/api/document-types.ts';
import type { Drift } from '../atlas/api/drift.ts';
import { matchAnswer, statusAnswer } from '../atlas/api/wire.ts';
import { doAtOnce } from '../atlas/json/work.ts';
import { answersOf, type Evidence, entriesOf, lastAnswerOf, membersOf } from './evidence.ts';
import { documentsIn, pages } from './point.ts';
import { isProgrammersName, isVocabularyWord, toFormat } from './shape.ts';
import { matchedTargets } from './walk.ts';

/** The drift that means that something is lost; all other drift is served, and needs a row at most. */
const losing: ReadonlySet<Drift> = new Set<Drift>([
  'status-unknown',
  'document-unreadable',
  'document-without-id',
  'cross-check-unreadable',
  'address-match-unreadable',
  'address-match-missing',
]);

/**
 * The parts that the gateway cannot read, a sentence each: answers whose form no reader knows, and
 * entries that the readers drop. Empty if it reads all that came.
 */
export function findUnreadable(evidence: Evidence, names: CrossCheckNames): readonly string[] {
  const answers = evidence.exchanges.flatMap(({ endpoint, unreadable }) =>
    unreadable === null ? [] : [`${endpoint}: ${unreadable}`],
  );
  const counts = new Map<Drift, number>();
  const onDrift = (drift: Drift) => void counts.set(drift, (counts.get(drift) ?? 0) + 1);
  const { ocr_data, cross_checks } = membersOf(lastAnswerOf(evidence, 'flowExtracts'));
  doAtOnce(toDocuments(entriesOf(ocr_data), onDrift));
  doAtOnce(createToCrossChecks(names)(entriesOf(cross_checks), onDrift));
  for (const page of pages) {
    const { data } = membersOf(lastAnswerOf(evidence, page));
    doAtOnce(toBatchDocuments(entriesOf(data), onDrift));
  }
  for (const answer of answersOf(evidence, 'flowStatus')) {
    const status = statusAnswer.safeParse(answer);
    if (status.success) toFlowStatus(status.data, onDrift);
  }
  const matched = matchAnswer.safeParse(lastAnswerOf(evidence, 'matchAddresses'));
  if (matched.success) toAddressMatches(matched.data, matchedTargets, onDrift);
  const lost = [...counts].filter(([drift]) => losing.has(drift));
  return [...answers, ...lost.map(([drift, count]) => `${drift}: ${count} times`)];
}

/**
 * The rows that would make the gateway's tables complete: document types and fields for
 * `document-types.json`, and members for ATLAS_CROSS_CHECK_NAMES. Names alone, never values.
 */
export function findRows(evidence: Evidence, names: CrossCheckNames): readonly string[] {
  const rows = new Set<string>();
  for (const { type, fields } of documentsIn(evidence)) {
    if (!isVocabularyWord(type)) continue;
    const row = documentTypeRow(type);
    const found = Object.keys(fields).filter(
      (name) => 'value' in membersOf(fields[name]) && isProgrammersName(name),
    );
    const unknown = found.filter((name) => fieldKindOf(type, name) === undefined);
    if (row !== undefined) {
      for (const name of unknown) {
        rows.add(`document-types.json, ${type}: ${toFieldRow(name, fields[name])}`);
      }
      continue;
    }
    const listed = found.map((name) => toFieldRow(name, fields[name]));
    rows.add(
      `document-types.json: {"type":"${type}","category":"other","fieldsKnown":"some","fields":[${listed.join(',')}]}`,
    );
  }
  for (const name of unknownCheckMembers(evidence, names)) {
    rows.add(`ATLAS_CROSS_CHECK_NAMES: the member ${name} is in no row`);
  }
  return [...rows];
}

function toFieldRow(name: string, field: unknown): string {
  const isDate = toFormat(membersOf(field).value).startsWith('date');
  return `{"name":"${name}","kind":"${isDate ? 'date' : 'text'}","description":"…"}`;
}

function unknownCheckMembers(evidence: Evidence, names: CrossCheckNames): readonly string[] {
  const { cross_checks } = membersOf(lastAnswerOf(evidence, 'flowExtracts'));
  const known = new Set(
    [names.field, names.documentType.flat(), names.documentId.flat(), names.value.flat()]
      .flat()
      .map((path) => path.split('.')[0]),
  );
  const found = entriesOf(cross_checks).flatMap((check) => Object.keys(membersOf(check)));
  return [...new Set(found)].filter(
    (name) => name !== 'similarity_score' && !known.has(name) && isProgrammersName(name),
  );
}

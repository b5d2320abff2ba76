import type { FlowRecord, Receipt } from '../../store/store.ts';
import type { DocumentOwner } from '../operation/document-owner.ts';
import type { PersonalDocument } from '../operation/redacted-records.ts';
import type { DocumentNode } from '../refs.ts';

/** The input from which the attempts of a flow's documents are worked out. */
export interface AttemptSources {
  readonly owner: DocumentOwner;
  /** The documents that Atlas returned, in the order of its answer. */
  readonly records: readonly PersonalDocument[];
  readonly registered: FlowRecord | null;
  /** Whether the flow has ended with all that was uploaded here. */
  readonly hasEnded: boolean;
}

/**
 * The documents of a flow, each once, as its latest attempt; those that Atlas has, then those that were
 * submitted here and are still to come. Earlier attempts hang below them, the oldest first. An answer
 * belongs to the attempt whose file or upload it names. Answers that name neither belong to the oldest
 * attempts without an answer, and once the flow has ended to the newest.
 */
export function toDocumentNodes(sources: AttemptSources): DocumentNode[] {
  const { records, registered } = sources;
  const answers = new Map<string, PersonalDocument[]>();
  for (const record of records) {
    const ofDocument = answers.get(record.documentId);
    if (ofDocument === undefined) answers.set(record.documentId, [record]);
    else ofDocument.push(record);
  }
  const submitted = new Set(registered?.submittedDocumentIds);
  for (const id of submitted) {
    if (!answers.has(id)) answers.set(id, []);
  }
  return [...answers].map(([id, ofDocument]) =>
    toDocumentNode(id, ofDocument, submitted.has(id), sources),
  );
}

function toDocumentNode(
  documentId: string,
  answers: readonly PersonalDocument[],
  isSubmitted: boolean,
  { owner, registered, hasEnded }: AttemptSources,
): DocumentNode {
  const receipts = receiptsOf(documentId, isSubmitted ? registered : null, answers.length);
  const placed = placeAnswers(answers, receipts, hasEnded);
  const toNode = (record: PersonalDocument, place: number, previous: readonly DocumentNode[]) => ({
    record,
    owner,
    receipt: receipts[place],
    attempt: place + 1,
    previous,
  });
  const last = receipts.length - 1;
  const previous = placed
    .slice(0, last)
    .flatMap((record, place) =>
      record === undefined ? [] : [{ ...toNode(record, place, []), isEarlier: true }],
    );
  return toNode(placed[last] ?? toPendingRecord(documentId), last, previous);
}

/**
 * The id that Atlas gave each attempt, the oldest first; undefined for attempts made elsewhere, as all
 * are where nothing is registered.
 */
function receiptsOf(
  documentId: string,
  registered: FlowRecord | null,
  leastAttempts: number,
): (Receipt | undefined)[] {
  const known = registered
    ? [...(registered.earlierReceipts.get(documentId) ?? []), registered.receipts.get(documentId)]
    : [];
  const missing = Math.max(leastAttempts, 1) - known.length;
  return [...Array.from({ length: Math.max(missing, 0) }, () => undefined), ...known];
}

/** The answer of each attempt, by its place; undefined where there is none. */
function placeAnswers(
  answers: readonly PersonalDocument[],
  receipts: readonly (Receipt | undefined)[],
  hasEnded: boolean,
): (PersonalDocument | undefined)[] {
  const placed: (PersonalDocument | undefined)[] = receipts.map(() => undefined);
  const unnamed: PersonalDocument[] = [];
  // Few have one: Atlas may tell of thousands of attempts that were made elsewhere.
  const withReceipt = [...receipts.keys()].filter((place) => receipts[place] !== undefined);
  for (const answer of answers) {
    const place = withReceipt.find(
      (at) => placed[at] === undefined && isNamed(answer, receipts[at]),
    );
    if (place === undefined) unnamed.push(answer);
    else placed[place] = answer;
  }
  const free = [...placed.keys()].filter((place) => placed[place] === undefined);
  const places = hasEnded ? free.slice(free.length - unnamed.length) : free;
  unnamed.forEach((answer, at) => {
    const place = places[at];
    if (place !== undefined) placed[place] = answer;
  });
  return placed;
}

function isNamed({ fileUuid, batchId }: PersonalDocument, receipt: Receipt | undefined): boolean {
  if (fileUuid !== null && receipt?.fileUuid !== undefined) return fileUuid === receipt.fileUuid;
  return batchId !== null && batchId === receipt?.batchId;
}

/** A document of which Atlas has said no more than that it took it. */
export function toPendingRecord(documentId: string): PersonalDocument {
  return {
    documentId,
    fileUuid: null,
    batchId: null,
    documentType: null,
    shownType: null,
    state: 'PENDING',
    failure: null,
    fields: [],
  };
}

import {
  answersOf,
  type Evidence,
  entriesOf,
  lastAnswerOf,
  membersOf,
  type ReceivedRequest,
} from './evidence.ts';
import {
  distinct,
  documentsIn,
  joined,
  matchesIn,
  memberWords,
  type Point,
  pages,
} from './point.ts';
import { toFormat, toShownName } from './shape.ts';

/** The shapes that CONTRACT.md tags with X: no page and no client showed them. */
export const unseenShapes: readonly Point[] = [
  {
    id: 'X1',
    question: 'the status of each call that succeeds (2.1, 4.1, 4.2, 7.1)',
    variant: ({ exchanges }) => {
      const answered = exchanges.filter(({ status }) => status !== null && status < 400);
      const words = answered.map(({ endpoint, status }) => `${endpoint} ${status}`);
      return words.length === 0 ? null : distinct(words);
    },
  },
  {
    id: 'X2',
    question: 'further members of a status (4.3)',
    variant: (evidence) => otherNames(lastAnswerOf(evidence, 'flowStatus'), statusMembers),
  },
  {
    id: 'X3',
    question: 'further members of extracts (4.4)',
    variant: (evidence) =>
      otherNames(lastAnswerOf(evidence, 'flowExtracts'), ['ocr_data', 'cross_checks']),
  },
  {
    id: 'X4',
    question: 'the place of extracted fields in ocr_data (4.4)',
    variant: (evidence) => {
      const entries = ofFlow(evidence);
      if (entries.length === 0) return null;
      return distinct(
        entries.map(({ entry }) => ('file_data' in entry ? 'under file_data' : 'flat')),
      );
    },
  },
  {
    id: 'X5',
    question: 'error_code of a document that was read (3.4)',
    variant: (evidence) => {
      const read = ofFlow(evidence).filter(({ entry }) => !entry.error_code);
      return read.length === 0
        ? null
        : distinct(read.map(({ entry }) => memberWords(entry.error_code)));
    },
  },
  {
    id: 'X6',
    question: 'the members that identify an ocr_data entry (4.4)',
    variant: (evidence) => {
      const entries = ofFlow(evidence);
      if (entries.length === 0) return null;
      const names = ['document_id', 'file_uuid', 'batch_id', 'file_url'];
      const found = names.filter((name) => entries.some(({ entry }) => name in entry));
      return found.join(', ') || 'none of those known';
    },
  },
  {
    id: 'X7',
    question: 'the members of a cross-check (4.4)',
    variant: (evidence) => {
      const checks = entriesOf(membersOf(lastAnswerOf(evidence, 'flowExtracts')).cross_checks);
      if (checks.length === 0) return null;
      return distinct(checks.flatMap((check) => Object.keys(membersOf(check)).map(toShownName)));
    },
  },
  {
    id: 'X8',
    question: 'the wrapper of formatted_address (10.2)',
    variant: (evidence) => {
      const seen = documentsIn(evidence)
        .map(({ fields }) => fields.formatted_address)
        .filter((address) => address !== undefined);
      if (seen.length === 0) return null;
      return distinct(seen.map((address) => ('value' in membersOf(address) ? 'wrapped' : 'bare')));
    },
  },
  {
    id: 'X9',
    question: 'the types of a field’s value (10.1)',
    variant: (evidence) => envelopeWords(evidence, ({ value }) => typeWords(value)),
  },
  {
    id: 'X10',
    question: 'the type of confidence_score (10.1)',
    variant: (evidence) =>
      envelopeWords(evidence, ({ confidence_score }) => memberWords(confidence_score)),
  },
  {
    id: 'X11',
    question: 'a batch entry that is not ready (6.2, 7.2)',
    variant: (evidence) =>
      joined(
        pages.map((endpoint) => {
          const [first] = answersOf(evidence, endpoint);
          if (first === undefined || answersOf(evidence, endpoint).length < 2) return null;
          const [entry] = entriesOf(membersOf(first).data);
          const words =
            entry === undefined
              ? 'absent from data'
              : `file_data ${memberWords(membersOf(entry).file_data)}`;
          return `${endpoint}: ${words}`;
        }),
      ),
  },
  {
    id: 'X12',
    question: 'the order of upload receipts (4.2)',
    variant: (evidence) => {
      const ids = entriesOf(lastAnswerOf(evidence, 'uploadToFlow')).map(
        (receipt) => membersOf(receipt).document_id,
      );
      if (ids.length < 2) return null;
      const isInOrder = ids.every((id, place) => id === evidence.flowDocumentIds[place]);
      return isInOrder ? 'as submitted' : 'another order';
    },
  },
  {
    id: 'X13',
    question: 'further members of an address result (8.1)',
    variant: (evidence) => {
      const results = matchesIn(evidence);
      if (results.length === 0) return null;
      const others = results.flatMap((result) =>
        Object.keys(result).filter((name) => !matchMembers.includes(name)),
      );
      return others.length === 0 ? 'none' : distinct(others.map(toShownName));
    },
  },
  {
    id: 'X14',
    question: 'same_person_score of a target that failed (8.1)',
    variant: (evidence) => {
      const failed = matchesIn(evidence).filter(({ error_code }) => Boolean(error_code));
      if (failed.length === 0) return null;
      return distinct(failed.map(({ same_person_score }) => memberWords(same_person_score)));
    },
  },
  {
    id: 'X15',
    question: 'how Atlas asks the auth address (5.1)',
    variant: (evidence) => requestWords(evidence, 'auth'),
  },
  {
    id: 'X16',
    question: 'how a callback brings its token (5.1)',
    variant: (evidence) => {
      const callbacks = evidence.received.filter(({ kind }) => kind === 'callback');
      if (callbacks.length === 0) return null;
      return distinct(
        callbacks.map(({ tokenHeader }) =>
          tokenHeader === null ? 'without a token' : `in the header ${toShownName(tokenHeader)}`,
        ),
      );
    },
  },
  {
    id: 'X17',
    question: 'the members of a callback (5)',
    variant: (evidence) => {
      const callbacks = evidence.received.filter(({ kind }) => kind === 'callback');
      if (callbacks.length === 0) return null;
      return distinct(
        callbacks.flatMap(({ json }) => Object.keys(membersOf(json)).map(toShownName)),
      );
    },
  },
  {
    id: 'X18',
    question: 'how a callback is sent (5)',
    variant: (evidence) => requestWords(evidence, 'callback'),
  },
];

const statusMembers = ['upload_status', 'processing_status', 'crossheck_status', 'master_status'];
const matchMembers = [
  'source_address',
  'target_address',
  'index',
  'similarity_score',
  'same_person_score',
  'error_code',
];

function ofFlow(evidence: Evidence) {
  return documentsIn(evidence).filter(({ origin }) => origin === 'flow');
}

function otherNames(answer: unknown, known: readonly string[]): string | null {
  if (answer === undefined) return null;
  const others = Object.keys(membersOf(answer)).filter((name) => !known.includes(name));
  return others.length === 0 ? 'none' : distinct(others.map(toShownName));
}

function envelopeWords(
  evidence: Evidence,
  toWords: (envelope: Readonly<Record<string, unknown>>) => string,
): string | null {
  const envelopes = documentsIn(evidence).flatMap(({ fields }) =>
    Object.values(fields)
      .map(membersOf)
      .filter((member) => 'value' in member || 'confidence_score' in member),
  );
  return envelopes.length === 0 ? null : distinct(envelopes.map(toWords));
}

function typeWords(value: unknown): string {
  if (value === undefined) return 'absent';
  return value === '' || typeof value !== 'string' ? toFormat(value) : 'text';
}

function requestWords({ received }: Evidence, kind: ReceivedRequest['kind']): string | null {
  const requests = received.filter((request) => request.kind === kind);
  if (requests.length === 0) return null;
  const words = requests.map(({ method, headerNames, json }) => {
    const headers = headerNames.map(headerWords).join(', ') || 'no header of its own';
    return `${method === 'GET' ? 'GET' : 'POST'} with ${headers}, body ${json === undefined ? 'no JSON' : toFormat(json)}`;
  });
  return `${requests.length} times: ${distinct(words)}`;
}

function headerWords(name: string): string {
  return /^[a-z]{1,20}(-[a-z]{1,20}){0,4}$/.test(name) ? name : 'a header that may be a value';
}

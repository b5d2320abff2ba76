import { documentTypeRow } from '../atlas/api/document-types.ts';
import {
  answersOf,
  type Evidence,
  entriesOf,
  lastAnswerOf,
  membersOf,
  refusalsOf,
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
import { isVocabularyWord, toFormat } from './shape.ts';

/** The contradictions of CONTRACT 11. */
export const contradictions: readonly Point[] = [
  {
    id: 'K1',
    question: 'multiupload answers an array or an object',
    variant: (evidence) =>
      joined(
        (['uploadToFlow', 'uploadBulk', 'uploadDocstream'] as const).map((endpoint) => {
          const answer = lastAnswerOf(evidence, endpoint);
          return answer === undefined
            ? null
            : `${endpoint}: ${Array.isArray(answer) ? 'array' : 'object'}`;
        }),
      ),
  },
  {
    id: 'K2',
    question: 'any configured product_type is accepted',
    variant: (evidence) => statusWords(evidence, 'initFlow', 'accepted', 'refused'),
  },
  {
    id: 'K3',
    question: 'a token comes with a refresh_token',
    variant: (evidence) =>
      joined(
        tokens.map((endpoint) => {
          const answer = lastAnswerOf(evidence, endpoint);
          if (answer === undefined) return null;
          return `${endpoint}: ${'refresh_token' in membersOf(answer) ? 'yes' : 'no'}`;
        }),
      ),
  },
  {
    id: 'K4',
    question: 'tokens are renewed through authtoken, without the refresh call',
    variant: (evidence) =>
      answersOf(evidence, ...tokens).length > 0 ? 'authtoken alone was used' : null,
  },
  {
    id: 'K5',
    question: 'batch_id is one for each request or one for each file',
    variant: (evidence) => {
      const ids = entriesOf(lastAnswerOf(evidence, 'uploadToFlow')).map(
        (receipt) => membersOf(receipt).batch_id,
      );
      if (ids.length < 2) return null;
      return new Set(ids).size === 1 ? 'one for the request' : 'several in one request';
    },
  },
  {
    id: 'K6',
    question: 'the form of flow_uuid',
    variant: (evidence) => {
      const answer = lastAnswerOf(evidence, 'initFlow');
      if (answer === undefined) return null;
      const { flow_uuid, flow_id, session_id } = membersOf(answer);
      return toFormat(flow_uuid ?? flow_id ?? session_id);
    },
  },
  {
    id: 'K7',
    question: 'extracts are answered after FAILED too',
    variant: (evidence) => {
      const end = evidence.states.at(-1);
      if (lastAnswerOf(evidence, 'flowExtracts') === undefined) return null;
      if (end !== 'SUCCESS' && end !== 'FAILED') return 'answered before the end';
      return `answered after ${end}`;
    },
  },
  {
    id: 'K8',
    question: 'an Aadhaar number comes in full or masked',
    variant: (evidence) => {
      const values = documentsIn(evidence).map(
        ({ fields }) => membersOf(fields.aadhaar_number).value,
      );
      const seen = values.filter((value) => value !== undefined);
      return seen.length === 0 ? null : distinct(seen.map(toFormat));
    },
  },
  {
    id: 'K9',
    question: 'a target that cannot be normalised',
    variant: (evidence) => {
      const refused = evidence.exchanges.find(({ endpoint }) => endpoint === 'matchAddresses');
      if (refused?.status === 422) return 'refuses the request with 422';
      const results = matchesIn(evidence);
      if (results.length === 0) return null;
      const isInline = results.some(({ error_code }) => Boolean(error_code));
      return isInline ? 'fails alone, under 200' : 'has no error_code';
    },
  },
  {
    id: 'K10',
    question: 'the index of a target is echoed',
    variant: (evidence) => {
      const results = matchesIn(evidence);
      return results.length === 0 ? null : distinct(results.map(({ index }) => memberWords(index)));
    },
  },
  {
    id: 'K11',
    question: 'the envelope of an error',
    variant: (evidence) => {
      const envelopes = refusalsOf(evidence).map(({ json, isEmpty }) => {
        if (json === undefined) return isEmpty ? 'an empty body' : 'no JSON';
        const names = ['error_code', 'error_message', 'error', 'message', 'reason'];
        return names.filter((name) => name in membersOf(json)).join(' + ') || 'none of those known';
      });
      return envelopes.length === 0 ? null : distinct(envelopes);
    },
  },
  {
    id: 'K12',
    question: 'the type of error_code at each level',
    variant: (evidence) =>
      joined([
        levelWords(
          'request',
          refusalsOf(evidence).map(({ json }) => membersOf(json).error_code),
        ),
        levelWords(
          'document',
          documentsIn(evidence).map(({ entry }) => entry.error_code),
        ),
        levelWords(
          'target',
          matchesIn(evidence).map(({ error_code }) => error_code),
        ),
      ]),
  },
  {
    id: 'K13',
    question: 'the status for a flow that does not exist',
    variant: (evidence) => {
      const exchange = evidence.exchanges.find(({ purpose }) => purpose === 'unknown flow');
      return exchange === undefined || exchange.status === null ? null : String(exchange.status);
    },
  },
  {
    id: 'K14',
    question: 'docstream answers as bulk does',
    variant: (evidence) => {
      const page = lastAnswerOf(evidence, 'docstreamExtracts');
      if (page === undefined) return null;
      return pageMembers.every((name) => name in membersOf(page)) ? 'yes' : 'other members';
    },
  },
  {
    id: 'K15',
    question: 'docstream sends callbacks',
    // The account's own callback address is given to Atlas out of band.
    variant: () => null,
  },
  {
    id: 'K16',
    question: 'total_items counts all documents or those extracted',
    variant: (evidence) =>
      joined(
        pages.map((endpoint) => {
          const [first] = answersOf(evidence, endpoint);
          const { data, total_items: total } = membersOf(first);
          if (typeof total !== 'number' || entriesOf(data).length > 0) return null;
          const counts = total === evidence.batchDocumentIds.length ? 'all' : 'those extracted';
          return `${endpoint}: ${counts}`;
        }),
      ),
  },
  {
    id: 'K17',
    question: 'per_page in a page',
    variant: (evidence) => pageMemberWords(evidence, 'per_page'),
  },
  {
    id: 'K18',
    question: 'the name of the auth address (auth_url)',
    variant: (evidence) => statusWords(evidence, 'initFlow', 'auth_url is taken', 'refused'),
  },
  {
    id: 'K19',
    question: 'a status has four stages or a list of files',
    variant: (evidence) => {
      const answer = lastAnswerOf(evidence, 'flowStatus');
      if (answer === undefined) return null;
      return 'file_statuses' in membersOf(answer) ? 'a list of files' : 'stages of the flow';
    },
  },
  {
    id: 'K20',
    question: 'the name of the correlator',
    variant: (evidence) => {
      const answer = lastAnswerOf(evidence, 'initFlow');
      if (answer === undefined) return null;
      const names = ['flow_uuid', 'flow_id', 'session_id'];
      return names.find((name) => name in membersOf(answer)) ?? 'none of those known';
    },
  },
  {
    id: 'K21',
    question: 'docstream has cross-checks',
    variant: (evidence) => {
      const page = lastAnswerOf(evidence, 'docstreamExtracts');
      if (page === undefined) return null;
      return 'cross_checks' in membersOf(page) ? 'yes' : 'no';
    },
  },
  {
    id: 'K22',
    question: 'the names of document types',
    variant: (evidence) => {
      const types = documentsIn(evidence).map(({ type }) => type);
      if (types.length === 0) return null;
      return distinct(
        types.map((type) => {
          if (typeof type !== 'string') return 'missing';
          if (documentTypeRow(type) !== undefined) return `${type}: known`;
          return isVocabularyWord(type)
            ? `${type}: not in the catalogue`
            : 'one that may be a value';
        }),
      );
    },
  },
  {
    id: 'K23',
    question: 'each service answers under its documented version',
    variant: (evidence) => {
      const gone = refusalsOf(evidence).filter(({ status }) => status === 410 || status === 404);
      if (gone.length > 0) return `not ${distinct(gone.map(({ endpoint }) => endpoint))}`;
      return evidence.exchanges.some(({ status }) => status !== null) ? 'yes' : null;
    },
  },
];

const tokens = ['verificationToken', 'bulkToken', 'docstreamToken'] as const;
const pageMembers = ['data', 'page', 'per_page', 'total_pages', 'total_items', 'has_next'];

function levelWords(level: string, codes: readonly unknown[]): string | null {
  const seen = codes.filter((code) => code !== undefined);
  return seen.length === 0 ? null : `${level}: ${distinct(seen.map(toFormat))}`;
}

function statusWords(
  evidence: Evidence,
  endpoint: 'initFlow',
  taken: string,
  refused: string,
): string | null {
  const exchange = evidence.exchanges.find((exchange) => exchange.endpoint === endpoint);
  if (exchange === undefined || exchange.status === null) return null;
  return exchange.status < 400 ? taken : `${refused} with ${exchange.status}`;
}

function pageMemberWords(evidence: Evidence, name: string): string | null {
  return joined(
    pages.map((endpoint) => {
      const page = lastAnswerOf(evidence, endpoint);
      return page === undefined ? null : `${endpoint}: ${memberWords(membersOf(page)[name])}`;
    }),
  );
}

import { underWay, variants } from './papers.ts';

/** An operation that is asked over and over. */
export interface Question {
  readonly what: string;
  /** The text of the nth time: the same each time, but where new texts are the question. */
  toText(count: number): string;
  /** The variables of the nth time; no two share a flow or an address, but where that is the question. */
  toVariables(count: number): Readonly<Record<string, unknown>>;
}

/** Those whose figures have an aim. */
export const questionNames = ['Q1', 'Q2', 'Q3', 'shared', 'Q4', 'again'] as const;
/** Those that come in sizes: documents in a flow, flows in an operation, texts of operations. */
export const growingNames = ['documents', 'flows', 'operations'] as const;
export type QuestionName = (typeof questionNames)[number] | (typeof growingNames)[number];

const statusFields = 'status { state upload processing crossCheck isTerminal }';
const flowStatus = `query FlowStatus($uuid: String!) { flow(uuid: $uuid) { uuid ${statusFields} } }`;
const fullFlow = `query FullFlow($uuid: String!) {
  flow(uuid: $uuid) {
    uuid
    ${statusFields}
    documents {
      documentId
      documentType
      state
      extraction { documentType lowestConfidence fields { name value confidence } }
    }
    crossChecks {
      field
      similarityScore
      left { documentType value }
      right { documentType value }
    }
  }
}`;
const flows = `query Flows($uuids: [String!]!) {
  flowsByUuid(uuids: $uuids) { uuid ${statusFields} documents { documentId documentType state } }
}`;
const addresses = `query Addresses($applicationId: String!, $source: String!, $targets: [String!]!) {
  addressMatches(applicationId: $applicationId, source: $source, targets: $targets) {
    targetAddress
    similarityScore
    samePersonScore
    failure { code }
  }
}`;

const documentsOfFlow = 6;
const flowsOfQ3 = 25;
const twiceInQ3 = 5;
/** How many flows everybody asks for, where they ask for the same. */
const flowsInCommon = 200;
const targetsOfQ4 = 25;

/** The question of that name, in that size where it comes in sizes. */
export function toQuestion(name: QuestionName, size = 1): Question {
  switch (name) {
    case 'Q1':
      return toFlowQuestion('one flow’s status', flowStatus, name, documentsOfFlow);
    case 'Q2':
      return toFlowQuestion(
        'a flow, 6 documents, their fields, 5 cross-checks',
        fullFlow,
        name,
        documentsOfFlow,
      );
    case 'Q3':
      return {
        what: '25 flows, 5 of them twice, with status and documents',
        toText: () => flows,
        toVariables(count) {
          const uuids = toFlowUuids(name, count, flowsOfQ3);
          return { uuids: [...uuids, ...uuids.slice(0, twiceInQ3)] };
        },
      };
    case 'shared':
      return {
        what: `Q3, of ${flowsInCommon} flows under way that all ask for`,
        toText: () => flows,
        toVariables(count) {
          const uuids = Array.from({ length: flowsOfQ3 }, (_, place) =>
            toFlowUuid(documentsOfFlow, underWay, (count * 7 + place) % flowsInCommon),
          );
          return { uuids: [...uuids, ...uuids.slice(0, twiceInQ3)] };
        },
      };
    case 'Q4':
      return {
        what: '25 addresses, one source',
        toText: () => addresses,
        toVariables: toAddresses,
      };
    case 'again':
      return {
        what: 'the flow of Q2, ended, asked for again',
        toText: () => fullFlow,
        toVariables: () => ({ uuid: toFlowUuid(documentsOfFlow, name, 0) }),
      };
    case 'documents':
      return toFlowQuestion(`a flow of ${size} documents`, fullFlow, `${name}-${size}`, size);
    case 'flows':
      return {
        what: `${size} flows`,
        toText: () => flows,
        toVariables: (count) => ({ uuids: toFlowUuids(`${name}-${size}`, count, size) }),
      };
    case 'operations':
      return {
        what: `${size} texts of operations`,
        toText: (count) => fullFlow.replace('FullFlow', `FullFlow${size}_${count % size}`),
        // A handful of flows, so that what grows is the texts alone.
        toVariables: (count) => ({ uuid: toFlowUuid(documentsOfFlow, name, count % variants) }),
      };
  }
}

/** The body of a request. */
export function toBody(question: Question, count: number): string {
  const query = JSON.stringify(question.toText(count));
  return `{"query":${query},"variables":${JSON.stringify(question.toVariables(count))}}`;
}

function toFlowQuestion(what: string, text: string, mark: string, documents: number): Question {
  return {
    what,
    toText: () => text,
    toVariables: (count) => ({ uuid: toFlowUuid(documents, mark, count) }),
  };
}

function toFlowUuids(mark: string, count: number, length: number): string[] {
  return Array.from({ length }, (_, place) =>
    toFlowUuid(documentsOfFlow, mark, count * length + place),
  );
}

/** The upstream has a flow of this many documents, and one of its sets of values, under this uuid. */
function toFlowUuid(documents: number, mark: string, count: number): string {
  return `LOS-${documents}-${mark}-${String(count).padStart(8, '0')}-${count % variants}`;
}

function toAddresses(count: number): Readonly<Record<string, unknown>> {
  const targets = Array.from(
    { length: targetsOfQ4 },
    (_, place) => `${place} Sample Hse ${count}, Test Rd${' East'.repeat(place % 4)}, Testpur`,
  );
  const source = `Unit ${count}, Sample House, Test Road, Testpur`;
  return { applicationId: `application-${count}`, source, targets };
}

import { createServer } from 'node:http';
import type { WireCrossCheck, WireDocument } from '../http/papers.ts';
import { readWhole } from '../http/whole-body.ts';
import { listen } from '../listen.ts';
import type { AddressesToMatch, BareAtlas } from './atlas.ts';
import { servePeer } from './serve.ts';
import { toFields, toLowestConfidence, toStatusAnswer } from './shapes.ts';

/**
 * The floor: no graph, no keys, no checks. It knows the benchmark's operations by name, makes their
 * calls at once, each flow once, and writes their answers by hand.
 */
type Answer = (atlas: BareAtlas, variables: never) => Promise<object>;

const answers: Readonly<Record<string, Answer>> = {
  async FlowStatus(atlas, { uuid }: { uuid: string }) {
    return { flow: { uuid, status: toStatusAnswer(await atlas.status(uuid)) } };
  },
  async FullFlow(atlas, { uuid }: { uuid: string }) {
    const [status, extracts] = await Promise.all([atlas.status(uuid), atlas.extracts(uuid)]);
    const flow = {
      uuid,
      status: toStatusAnswer(status),
      documents: extracts.ocr_data.map(toReadDocument),
      crossChecks: extracts.cross_checks.map(toCrossCheck),
    };
    return { flow };
  },
  async Flows(atlas, { uuids }: { uuids: readonly string[] }) {
    const flows = await Promise.all(
      [...new Set(uuids)].map(async (uuid) => {
        const [status, extracts] = await Promise.all([atlas.status(uuid), atlas.extracts(uuid)]);
        const documents = extracts.ocr_data.map(toDocument);
        return [uuid, { uuid, status: toStatusAnswer(status), documents }] as const;
      }),
    );
    const byUuid = new Map(flows);
    return { flowsByUuid: uuids.map((uuid) => byUuid.get(uuid)) };
  },
  async Addresses(atlas, variables: AddressesToMatch) {
    const matches = await atlas.match(variables);
    const addressMatches = matches.map((match) => ({
      targetAddress: match.target_address,
      similarityScore: match.similarity_score,
      samePersonScore: match.same_person_score,
      failure: match.error_code === '' ? null : { code: match.error_code },
    }));
    return { addressMatches };
  },
};

function toDocument(document: WireDocument) {
  const { document_id, document_type, error_code } = document;
  const state = error_code === '' ? 'EXTRACTED' : 'FAILED';
  return { documentId: document_id, documentType: document_type, state };
}

function toReadDocument(document: WireDocument) {
  const extraction = {
    documentType: document.document_type,
    lowestConfidence: toLowestConfidence(document),
    fields: toFields(document),
  };
  return { ...toDocument(document), extraction };
}

function toCrossCheck(check: WireCrossCheck) {
  return {
    field: check.field,
    similarityScore: check.similarity_score,
    left: { documentType: check.document_type_1, value: check.value_1 },
    right: { documentType: check.document_type_2, value: check.value_2 },
  };
}

async function answer(atlas: BareAtlas, text: string): Promise<string> {
  const { query, variables } = JSON.parse(text);
  const name = /^query (\w+)/.exec(query)?.[1] ?? '';
  // The benchmark sends each of its operations with the variables that it declares.
  const data = await answers[name]?.(atlas, variables as never);
  return JSON.stringify({ data });
}

servePeer(async (atlas) => {
  const server = createServer((request, response) => {
    readWhole(request, (text) => {
      answer(atlas, text).then(
        (body) => {
          response.writeHead(200, {
            'content-type': 'application/json; charset=utf-8',
            'content-length': Buffer.byteLength(body),
          });
          response.end(body);
        },
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  return `${await listen(server)}/graphql`;
});

import {
  type EndpointName,
  type EndpointWire,
  endpoints,
  type TokenFamily,
} from '../atlas/api/endpoints.ts';
import { compareAddresses } from './addresses.ts';
import type { SubmittedFile } from './documents.ts';
import { longErrorResponse, shortErrorResponse } from './error-response.ts';
import { loadBody, loadQueryMember } from './parameters.ts';
import type { World } from './world.ts';

/** A request as far as the answers care. */
export interface SandboxRequest {
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string>>;
  /** Throws the documented refusal when the body is not JSON. */
  readonly body: () => unknown;
}

/** Answers one endpoint; what it turns down it throws as a `ErrorResponse`. */
export type Handler<Name extends EndpointName = EndpointName> = (request: SandboxRequest) => {
  readonly status: number;
  readonly body: EndpointWire<Name>;
};

type Handlers = { readonly [Name in EndpointName]: Handler<Name> };

/** The answer to every row of the table; a row without one does not compile. */
export function createHandlers(world: World): Handlers {
  const { tokens, flows, bulk, docstream } = world;

  function holderOf(family: TokenFamily, { headers }: SandboxRequest): string {
    return tokens.holderOf(family, headers.token);
  }

  /** CONTRACT 2.1. */
  function giveToken(family: TokenFamily) {
    return ({ headers }: SandboxRequest) => {
      const { 'client-id': clientId, 'client-secret': clientSecret } = headers;
      if (!clientId || !clientSecret)
        throw shortErrorResponse(400, 'Missing Client-Id or Client-Secret');
      if (!world.isClient(clientId, clientSecret)) {
        throw shortErrorResponse(401, 'Invalid Client-Id or Client-Secret');
      }
      const access_token = tokens.issue(family, clientId);
      return { status: 201, body: { access_token, expires_in: world.tokenLifetimeSeconds } };
    };
  }

  return {
    verificationToken: giveToken('verification'),
    bulkToken: giveToken('bulk'),
    docstreamToken: giveToken('docstream'),

    initFlow(request) {
      const clientId = holderOf('verification', request);
      const flow = flows.open(clientId, loadBody(endpoints.initFlow.input, request.body()));
      return { status: 201, body: { flow_uuid: flow.uuid } };
    },

    uploadToFlow(request) {
      const clientId = holderOf('verification', request);
      const input = loadBody(endpoints.uploadToFlow.input, request.body());
      const files = flows.upload(flows.find(clientId, input.flow_uuid), input.file_urls);
      return { status: 200, body: files.map(toReceipt) };
    },

    flowStatus(request) {
      const clientId = holderOf('verification', request);
      const flow = flows.find(clientId, loadQueryMember(request.query, 'flow_uuid'));
      return { status: 200, body: flows.statusOf(flow) };
    },

    flowExtracts(request) {
      const clientId = holderOf('verification', request);
      const flow = flows.find(clientId, loadQueryMember(request.query, 'flow_uuid'));
      return { status: 200, body: flows.extractsOf(flow) };
    },

    uploadBulk(request) {
      const clientId = holderOf('bulk', request);
      const input = loadBody(endpoints.uploadBulk.input, request.body());
      return { status: 201, body: bulk.submit(clientId, input.file_urls).map(toReceipt) };
    },

    bulkExtracts(request) {
      const clientId = holderOf('bulk', request);
      return { status: 200, body: bulk.pageOf(clientId, request.query) };
    },

    uploadDocstream(request) {
      const clientId = holderOf('docstream', request);
      const input = loadBody(endpoints.uploadDocstream.input, request.body());
      const [file] = docstream.submit(clientId, input.file_urls);
      return { status: 200, body: { batch_id: file?.batchId } };
    },

    docstreamExtracts(request) {
      const clientId = holderOf('docstream', request);
      return { status: 200, body: docstream.pageOf(clientId, request.query) };
    },

    /** CONTRACT 8.1: its own headers, no token, and the long envelope. */
    matchAddresses(request) {
      const { client_id, client_secret } = request.headers;
      if (!world.isClient(client_id, client_secret)) {
        throw longErrorResponse(401, 'Invalid client_id or client_secret');
      }
      const input = endpoints.matchAddresses.input.safeParse(request.body());
      if (!input.success || !input.data.source_address || !input.data.target_addresses.length) {
        throw longErrorResponse(400, 'source_address or target_addresses is missing or invalid');
      }
      return { status: 200, body: { match_data: compareAddresses(input.data) } };
    },
  } satisfies Handlers;
}

function toReceipt(file: SubmittedFile) {
  return { file_uuid: file.fileUuid, batch_id: file.batchId, document_id: file.documentId };
}

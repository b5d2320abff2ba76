import type { z } from 'zod';
import {
  accessToken,
  addressesToMatch,
  batchPageAnswer,
  batchQuery,
  extractsAnswer,
  filesForBatch,
  filesForFlow,
  flowQuery,
  flowToOpen,
  matchAnswer,
  nothing,
  openedFlow,
  statusAnswer,
  uploadReceipts,
} from './wire.ts';

/** The four services; each has its own prefix and, but for `address`, its own tokens (2.3). */
export type Service = 'verification' | 'bulk' | 'docstream' | 'address';
/** The services whose calls carry a token. */
export type TokenFamily = Exclude<Service, 'address'>;

interface Row {
  readonly service: Service;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** `exchange`: Client-Id and Client-Secret; `token`: Token; `static`: client_id, client_secret. */
  readonly credentials: 'exchange' | 'token' | 'static';
  /** The shape of the request: the query of a GET, the body of a POST. */
  readonly input: z.ZodType;
  readonly answer: z.ZodType;
  /** Whether asking twice is asking once. Only these are shared while in flight. */
  readonly isRepeatable: boolean;
  /** The status by which Atlas says that there is no such thing (CONTRACT 3.1, K13). */
  readonly absentStatus?: number;
}

const exchange = {
  method: 'POST',
  credentials: 'exchange',
  input: nothing,
  answer: accessToken,
  isRepeatable: true,
} as const;
const upload = {
  method: 'POST',
  credentials: 'token',
  answer: uploadReceipts,
  isRepeatable: false,
} as const;
const flowRead = {
  service: 'verification',
  method: 'GET',
  credentials: 'token',
  input: flowQuery,
  isRepeatable: true,
  absentStatus: 409,
} as const;
const batchRead = {
  method: 'GET',
  credentials: 'token',
  input: batchQuery,
  answer: batchPageAnswer,
  isRepeatable: true,
  absentStatus: 400,
} as const;

/** Every call that the gateway makes, a row each; section 1.1 of CONTRACT.md in code. */
export const endpoints = {
  verificationToken: { ...exchange, service: 'verification', path: '/v3/verification/authtoken' },
  bulkToken: { ...exchange, service: 'bulk', path: '/v1/bulk/authtoken' },
  docstreamToken: { ...exchange, service: 'docstream', path: '/v1/docstream/authtoken' },
  initFlow: {
    service: 'verification',
    method: 'POST',
    path: '/v3/verification/flow/init',
    credentials: 'token',
    input: flowToOpen,
    answer: openedFlow,
    isRepeatable: false,
  },
  uploadToFlow: {
    ...upload,
    service: 'verification',
    path: '/v3/verification/multiupload',
    input: filesForFlow,
    absentStatus: 409,
  },
  uploadBulk: { ...upload, service: 'bulk', path: '/v1/bulk/multiupload', input: filesForBatch },
  uploadDocstream: {
    ...upload,
    service: 'docstream',
    path: '/v1/docstream/multiupload',
    input: filesForBatch,
  },
  flowStatus: { ...flowRead, path: '/v3/verification/status', answer: statusAnswer },
  flowExtracts: { ...flowRead, path: '/v3/verification/extracts', answer: extractsAnswer },
  bulkExtracts: { ...batchRead, service: 'bulk', path: '/v1/bulk/extracts' },
  docstreamExtracts: { ...batchRead, service: 'docstream', path: '/v1/docstream/extracts' },
  matchAddresses: {
    service: 'address',
    method: 'POST',
    path: '/v1/address/match/batch',
    credentials: 'static',
    input: addressesToMatch,
    answer: matchAnswer,
    isRepeatable: true,
  },
} as const satisfies Record<string, Row>;

/** The name of one call that Atlas offers. */
export type EndpointName = keyof typeof endpoints;
/** The input of a call, in Atlas's own member names. */
export type EndpointInput<Name extends EndpointName> = z.input<(typeof endpoints)[Name]['input']>;
/** The validated answer of a call. */
export type EndpointAnswer<Name extends EndpointName> = z.output<
  (typeof endpoints)[Name]['answer']
>;
/** The answer on the wire, before it is validated; the sandbox answers in it. */
export type EndpointWire<Name extends EndpointName> = z.input<(typeof endpoints)[Name]['answer']>;

/** The row of a call, as every row can be read. */
export function endpointRow(name: EndpointName): Row {
  return endpoints[name];
}

/** The kind of a call; calls of one service and kind work, or fail, together. */
export type CallKind = 'token' | 'read' | 'write';

/** The kind of a call. */
export function toCallKind(name: EndpointName): CallKind {
  const { credentials, isRepeatable } = endpointRow(name);
  if (credentials === 'exchange') return 'token';
  return isRepeatable ? 'read' : 'write';
}

/** Which call fetches the tokens of a family. */
export const tokenEndpoints = {
  verification: 'verificationToken',
  bulk: 'bulkToken',
  docstream: 'docstreamToken',
} as const satisfies Record<TokenFamily, EndpointName>;

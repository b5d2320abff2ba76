import { GraphQLError, type GraphQLErrorOptions } from 'graphql';
import { AtlasError, type AtlasFailure, NotFoundError } from '../../atlas/api/errors.ts';
import { StoreError } from '../../store/store.ts';
import { type ServiceName, toServiceName } from './service-name.ts';
import { withoutValues } from './without-values.ts';

/** Every `extensions.code` a client can meet. Stable; `docs/reference/errors.md` lists each with its cure. */
export const errorCodes = [
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'IDENTITY_UNAVAILABLE',
  'FORBIDDEN',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'ATLAS_REJECTED',
  'ATLAS_UNAVAILABLE',
  'ATLAS_UNAUTHORIZED',
  'ATLAS_CONTRACT_BROKEN',
  'OUTCOME_UNKNOWN',
  'DEADLINE_EXCEEDED',
  'STORE_UNAVAILABLE',
  'INTERNAL',
] as const;
/** A public error code, the `extensions.code` of an error. */
export type ErrorCode = (typeof errorCodes)[number];

interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

/** The one table from what failed to what a client is told. */
const atlasFailures: Readonly<Record<AtlasFailure, PublicError>> = {
  unavailable: {
    code: 'ATLAS_UNAVAILABLE',
    message: 'Atlas cannot answer at the moment. Try again later.',
    retryable: true,
  },
  deadline: {
    code: 'DEADLINE_EXCEEDED',
    message: 'Atlas did not answer in time. Try again.',
    retryable: true,
  },
  'outcome-unknown': {
    code: 'OUTCOME_UNKNOWN',
    message:
      "Atlas's answer was lost: the request may or may not have been executed. Check before you repeat it.",
    retryable: false,
  },
  rejected: {
    code: 'ATLAS_REJECTED',
    message: 'Atlas refused this request. Check its input.',
    retryable: false,
  },
  unauthorized: {
    code: 'ATLAS_UNAUTHORIZED',
    message: "Atlas refused this gateway's credentials. Tell the operator of the gateway.",
    retryable: false,
  },
  'too-many-calls': {
    code: 'QUERY_TOO_COMPLEX',
    message:
      'This operation takes more calls to Atlas than one operation may make. Request less at a time.',
    retryable: false,
  },
  'contract-broken': {
    code: 'ATLAS_CONTRACT_BROKEN',
    message:
      'Atlas answered in a form that this gateway does not know. Tell the operator of the gateway.',
    retryable: false,
  },
};

const internal: PublicError = {
  code: 'INTERNAL',
  message: 'Something went wrong in the gateway.',
  retryable: false,
};

const storeUnavailable: PublicError = {
  code: 'STORE_UNAVAILABLE',
  message: "The gateway's register cannot be reached at the moment. Try again later.",
  retryable: true,
};

const notFound: Readonly<Record<NotFoundError['resource'], string>> = {
  flow: 'There is no such flow.',
  batch: 'There is no such batch.',
};

/** A fault of the input that no type can express; the message holds the `path` of the argument. */
export class BadInputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadInputError';
  }
}

/**
 * A write whose outcome is unknown: it may or may not have been done. The message says what to do
 * about it; `service` is the Atlas service that the write went to.
 */
export class OutcomeUnknownError extends Error {
  readonly service: ServiceName;

  constructor(message: string, service: ServiceName, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OutcomeUnknownError';
    this.service = service;
  }
}

/** The caller lacks a scope; the message names it. */
export class ForbiddenError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ForbiddenError';
  }
}

/** The key or grant of a request has ended, or lost a scope, since the request began. */
export class AuthorityEndedError extends Error {
  constructor() {
    super(
      'The key or grant of this request expired or was revoked while it ran. Send the request again with a newer one.',
    );
    this.name = 'AuthorityEndedError';
  }
}

/** An error that a client may see as it is. It has the locations of the error that it reports. */
class PublicGraphQLError extends GraphQLError {
  override readonly locations: GraphQLError['locations'];
  /** Yoga copies an error by its source and positions, and counts the locations of its copy anew. */
  override readonly source: GraphQLError['source'];
  override readonly positions: GraphQLError['positions'];

  constructor(message: string, options: PublicOptions, located: GraphQLError | undefined) {
    super(message, options);
    // Copied and not counted anew, which takes as long as the text before them.
    this.locations = located?.locations;
    this.source = located?.source;
    this.positions = located?.positions;
  }
}

type PublicOptions = Pick<GraphQLErrorOptions, 'extensions' | 'path'>;

/**
 * Turns whatever was thrown into what a client may see: our own words, a stable code, and the id
 * of the request. Text of Atlas, of a library or of a bug stays inside.
 */
export function toPublicError(thrown: unknown, requestId?: string): GraphQLError {
  if (thrown instanceof PublicGraphQLError) {
    if (requestId !== undefined) thrown.extensions.requestId ??= requestId;
    return thrown;
  }
  const outer = thrown instanceof GraphQLError ? thrown : undefined;
  const cause = rootOf(thrown);
  const publicError = toDescription(cause);
  const service = cause instanceof OutcomeUnknownError ? cause.service : toServiceName(cause);
  const options = {
    ...(outer?.path ? { path: outer.path } : {}),
    extensions: {
      code: publicError.code,
      retryable: publicError.retryable,
      ...(service === null ? {} : { service }),
      ...(cause instanceof AtlasError && cause.retryAfterMs !== undefined
        ? { retryAfterMs: cause.retryAfterMs }
        : {}),
      ...(requestId === undefined ? {} : { requestId }),
      ...(outer?.extensions.http ? { http: outer.extensions.http } : {}),
    },
  };
  return new PublicGraphQLError(publicError.message, options, outer);
}

/** An error of our own making with one of the codes. */
export function createPublicError(
  code: ErrorCode,
  message: string,
  requestId?: string,
): GraphQLError {
  return toPublicError(new GraphQLError(message, { extensions: { code } }), requestId);
}

/** The code that a client is told for an error. */
export function toErrorCode(thrown: unknown): ErrorCode {
  return toDescription(rootOf(thrown)).code;
}

/** Whether an error is a fault of this gateway, and so one to log as such. */
export function isInternal(thrown: unknown): boolean {
  return toErrorCode(thrown) === 'INTERNAL';
}

function toDescription(cause: unknown): PublicError {
  if (cause instanceof AtlasError) return atlasFailures[cause.failure];
  if (cause instanceof NotFoundError) return describe('NOT_FOUND', notFound[cause.resource]);
  if (cause instanceof BadInputError) return describe('BAD_USER_INPUT', cause.message);
  if (cause instanceof OutcomeUnknownError) return describe('OUTCOME_UNKNOWN', cause.message);
  if (cause instanceof ForbiddenError) return describe('FORBIDDEN', cause.message);
  if (cause instanceof AuthorityEndedError) return describe('UNAUTHENTICATED', cause.message);
  if (cause instanceof StoreError) return storeUnavailable;
  if (cause instanceof GraphQLError) {
    const code = errorCodes.find((candidate) => candidate === cause.extensions.code);
    // An error of graphql-js without a path, or about an argument, is a fault of the request; one
    // with a path in the answer means that a resolver broke the schema's promise.
    const isOurs = cause.path !== undefined && !cause.message.startsWith('Argument "');
    if (code === undefined && isOurs) return internal;
    return describe(code ?? 'BAD_USER_INPUT', withoutValues(cause.message));
  }
  return internal;
}

function describe(code: ErrorCode, message: string): PublicError {
  const retryable = code === 'RATE_LIMITED' || code === 'IDENTITY_UNAVAILABLE';
  return { code, message, retryable };
}

function rootOf(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof GraphQLError && error.originalError !== undefined) {
    error = error.originalError;
  }
  return error;
}

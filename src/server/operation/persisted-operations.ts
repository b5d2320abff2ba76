import { GraphQLError } from 'graphql';
import type { Principal } from '../../identity/principal.ts';
import type { ErrorCode } from '../../schema/operation/errors.ts';

/** An operation as it was sent: its text, or the hash of a persisted one. */
export interface SentOperation {
  readonly query?: string | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** Returns the text of an operation; throws a GraphQLError where this caller can run none. */
export type ReadQuery = (sent: SentOperation, principal: Principal) => string | undefined;

export interface PersistedOptions {
  /** Texts of operations by their SHA-256 in hex. */
  readonly operations: ReadonlyMap<string, string>;
  /** Whether a caller may run persisted operations only. */
  readonly isPersistedOnly: (principal: Principal) => boolean;
}

/**
 * Reads operations that are sent as `extensions.persistedQuery.sha256Hash`, the form that Apollo's
 * clients use. No text of a caller is stored: an unknown hash is refused with the message upon which
 * those clients send the text as well. Without a hash the text is taken as it is.
 */
export function createReadQuery({ operations, isPersistedOnly }: PersistedOptions): ReadQuery {
  return ({ query, extensions }, principal) => {
    const given = typeof query === 'string' && query.trim() !== '' ? query : undefined;
    const hash = hashIn(extensions);
    const isClosed = isPersistedOnly(principal);
    if (hash === undefined) {
      if (!isClosed) return given;
      throw toRefusal(
        'FORBIDDEN',
        'Send the hash of an operation that is kept here, and no other.',
      );
    }
    const kept = operations.get(hash);
    if (kept === undefined) {
      if (given !== undefined && !isClosed) return given;
      throw toRefusal('BAD_USER_INPUT', 'PersistedQueryNotFound');
    }
    if (given === undefined || given === kept) return kept;
    throw toRefusal(
      'BAD_USER_INPUT',
      'extensions.persistedQuery: this is the hash of another text.',
    );
  };
}

/** Whether an operation is sent by a hash, so that its text may be left out. */
export function isNamedByHash({ extensions }: SentOperation): boolean {
  return hashIn(extensions) !== undefined;
}

function hashIn(extensions: SentOperation['extensions']): string | undefined {
  const persisted = extensions?.persistedQuery;
  if (typeof persisted !== 'object' || persisted === null) return undefined;
  const hash = 'sha256Hash' in persisted ? persisted.sha256Hash : undefined;
  return typeof hash === 'string' ? hash.toLowerCase() : undefined;
}

function toRefusal(code: ErrorCode, message: string): GraphQLError {
  const http = { spec: true, status: code === 'FORBIDDEN' ? 403 : 400 };
  return new GraphQLError(message, { extensions: { code, http } });
}

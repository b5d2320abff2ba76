import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Principal } from '../../identity/principal.ts';
import type { GatewayContext } from '../../schema/operation/context.ts';
import type { ErrorCode } from '../../schema/operation/errors.ts';
import { askedOf, type ServerContext } from './asked.ts';

/** An operation as it was sent: its text, or the hash of one that is kept here. */
export interface SentOperation {
  readonly query?: string | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
}

/** The text of an operation; throws a GraphQLError when none can be run for this caller. */
export type ReadQuery = (sent: SentOperation, principal: Principal) => string | undefined;

export interface PersistedOptions {
  /** Texts of operations by their SHA-256 in hex. */
  readonly operations: ReadonlyMap<string, string>;
  /** Whether a caller may run what is kept here and nothing else. */
  readonly isPersistedOnly: (principal: Principal) => boolean;
}

/**
 * Operations that are sent as `extensions.persistedQuery.sha256Hash`, the form that Apollo's clients
 * use. Nothing is kept that a caller sends: a hash that is not known is refused with the word upon
 * which those clients send the text as well. Without a hash the text is taken as it is.
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

/** Finds the text of operations that come by HTTP; other transports find it themselves. */
export function createPersistedPlugin(readQuery: ReadQuery): Plugin<GatewayContext, ServerContext> {
  return {
    onParams({ params, setParams, context }) {
      // What is no operation at all is refused by Yoga.
      if (typeof params !== 'object' || params === null) return;
      const query = readQuery(params, askedOf(context).principal);
      if (query !== undefined) setParams({ ...params, query });
    },
  };
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

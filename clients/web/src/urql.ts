import type { KeyingConfig, ResolverConfig } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { connections, typesWithoutId } from './generated/cache-facts.ts';

/**
 * Options of urql's `cacheExchange` (Graphcache) for this graph: objects without an id are kept within
 * their parents, and pages of a connection become one list.
 */
export function createGraphcacheOptions(): { keys: KeyingConfig; resolvers: ResolverConfig } {
  return {
    keys: Object.fromEntries(typesWithoutId.map((name) => [name, () => null])),
    resolvers: Object.fromEntries(
      Object.entries(connections).map(([name, fields]) => [
        name,
        Object.fromEntries(Object.keys(fields).map((field) => [field, relayPagination()])),
      ]),
    ),
  };
}

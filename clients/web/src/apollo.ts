import type { TypePolicies } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { connections, mergedTypes, possibleTypes, replacedLists } from './generated/cache-facts.ts';

type FieldPolicies = Record<string, { merge: false } | ReturnType<typeof relayStylePagination>>;

/**
 * Options of Apollo's `InMemoryCache` for this graph. Fragments on interfaces match, two selections of
 * an object without an id become one object, and pages of a connection become one list. A list of
 * objects without ids is replaced: select the same fields of it wherever it is read.
 */
export function createCacheOptions(): {
  possibleTypes: Record<string, string[]>;
  typePolicies: TypePolicies;
} {
  const policies: Record<string, { merge?: boolean; fields: FieldPolicies }> = {};
  const policyOf = (name: string) => {
    policies[name] ??= { fields: {} };
    return policies[name];
  };
  for (const name of mergedTypes) policyOf(name).merge = true;
  for (const [name, fields] of Object.entries(replacedLists)) {
    for (const field of fields) policyOf(name).fields[field] = { merge: false };
  }
  for (const [name, fields] of Object.entries(connections)) {
    for (const [field, keyArguments] of Object.entries<string[]>(fields)) {
      const keyArgs = keyArguments.length > 0 ? keyArguments : false;
      policyOf(name).fields[field] = relayStylePagination(keyArgs);
    }
  }
  return { possibleTypes, typePolicies: policies };
}

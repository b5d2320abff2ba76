import { type EndpointName, endpointRow } from '../atlas/api/endpoints.ts';
import type { IssuedTokens } from './issued-tokens.ts';

/**
 * Whose a call is by what it brings, whether it will be let in or not; null where that says
 * nothing, as a token that does not count (any more).
 */
export function createClientOf(tokens: Pick<IssuedTokens, 'find'>) {
  return (name: EndpointName, headers: Readonly<Record<string, string>>): string | null => {
    const { service, credentials } = endpointRow(name);
    if (credentials === 'exchange') return headers['client-id'] ?? null;
    if (service === 'address') return headers.client_id ?? null;
    return tokens.find(service, headers.token);
  };
}

import { endpointRow, type TokenFamily, tokenEndpoints } from '../atlas/api/endpoints.ts';
import { accessToken } from '../atlas/api/wire.ts';
import type { TenantSettings } from '../identity/tenants.ts';
import { type CheckContext, type Finding, fault, ok, readText, request, warn } from './finding.ts';

/** The families that an account may not have; without verification there is no flow. */
const optional: ReadonlySet<TokenFamily> = new Set(['bulk', 'docstream']);
/** Flow grants and callback tokens tolerate a minute; above five seconds logs are hard to compare. */
const [warnMs, faultMs] = [5_000, 60_000];

/**
 * Checks that Atlas issues a token of each family to each tenant, and compares its clock with this
 * one. The address service has no tokens, so its credentials are not checked.
 */
export async function checkAtlas({ config, signal }: CheckContext): Promise<readonly Finding[]> {
  const { atlas, tenants } = config;
  if (atlas === null)
    return [warn('Atlas: none is configured, the embedded sandbox takes its place')];
  const findings: Finding[] = [];
  let offsetMs: number | null = null;
  for (const tenant of tenants) {
    for (const family of Object.keys(tokenEndpoints) as TokenFamily[]) {
      const baseUrl = family === 'docstream' ? atlas.sandboxBaseUrl : atlas.baseUrl;
      const answer = await fetchToken(baseUrl, family, tenant, signal);
      offsetMs ??= answer.offsetMs;
      findings.push(answer.finding);
    }
  }
  return [...findings, toClockFinding(offsetMs)];
}

async function fetchToken(
  baseUrl: string,
  family: TokenFamily,
  { id, credentials }: TenantSettings,
  signal: AbortSignal,
): Promise<{ readonly finding: Finding; readonly offsetMs: number | null }> {
  const { path, method } = endpointRow(tokenEndpoints[family]);
  const { clientId, clientSecret } = credentials;
  const headers = { 'client-id': clientId, 'client-secret': clientSecret };
  const about = `Atlas: the ${family} token of tenant ${id}`;
  const response = await request(`${baseUrl}${path}`, { method, headers }, signal);
  if (response === null) return { finding: fault(`${about}: no answer`), offsetMs: null };
  const date = Date.parse(response.headers.get('date') ?? '');
  const offsetMs = Number.isNaN(date) ? null : Date.now() - date;
  const text = await readText(response);
  if (response.ok && isToken(text)) return { finding: ok(`${about} is issued`), offsetMs };
  const refusal = response.ok
    ? `${about}: the answer is none that the gateway can read`
    : `${about} is refused with status ${response.status}`;
  const isNeeded = !optional.has(family);
  const finding = isNeeded ? fault(refusal) : warn(`${refusal}; its account may not have it`);
  return { finding, offsetMs };
}

function isToken(text: string | null): boolean {
  try {
    return accessToken.safeParse(JSON.parse(text ?? '')).success;
  } catch {
    return false;
  }
}

/** The header Date has whole seconds (RFC 9110, 6.6.1), so one second says nothing. */
function toClockFinding(offsetMs: number | null): Finding {
  if (offsetMs === null) return warn('clock: nothing to compare it with');
  const seconds = Math.round(offsetMs / 1_000);
  const words = `clock: ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} that of Atlas`;
  if (Math.abs(offsetMs) > faultMs) return fault(words);
  return Math.abs(offsetMs) > warnMs ? warn(words) : ok(words);
}

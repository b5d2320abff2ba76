import type { Operation } from '../operation/context.ts';
import { ForbiddenError } from '../operation/errors.ts';
import type { UserErrorCode } from '../refs.ts';
import type { InputCheck } from '../user-error.ts';
import { type AddressRules, findAddressFault } from './file-address.ts';

/** Addresses that Atlas is to send the results of a flow to, in place of the gateway's own. */
export interface CallbackAddresses {
  /** Where Atlas posts the results. */
  readonly url: string;
  /** Where Atlas authenticates before it posts them. */
  readonly authUrl: string;
  /** The host of each, for the audit. */
  readonly hosts: readonly string[];
}

/** The two addresses of an input, and where each stands in it. */
export interface GivenAddresses {
  readonly url: string | null | undefined;
  readonly authUrl: string | null | undefined;
  readonly paths: { readonly url: readonly string[]; readonly authUrl: readonly string[] };
}

/** Scopes that redirecting results takes: Atlas sends them in full, past every mask. */
const needed = ['callbacks:redirect', 'pii:read'] as const;

/**
 * Checks the callback addresses of a new flow before Atlas is asked. Each must be https, on a public
 * host that the tenant's `callbackHosts` name, without a user, and good for ten minutes or more where
 * it is presigned. Returns null where neither is
 * given, and where a fault was added to the check. Throws a ForbiddenError for a caller without the
 * scopes.
 */
export function checkCallbackAddresses(
  check: InputCheck,
  { url, authUrl, paths }: GivenAddresses,
  { tenant, principal, now }: Pick<Operation, 'tenant' | 'principal' | 'now'>,
): CallbackAddresses | null {
  if (url == null && authUrl == null) return null;
  const missing = needed.find((scope) => !principal.scopes.has(scope));
  if (missing !== undefined) throw new ForbiddenError(`This needs the scope ${missing}.`);
  if (url == null || authUrl == null) {
    const path = url == null ? paths.url : paths.authUrl;
    check.add('REQUIRED', path, `${paths.url.at(-1)} and ${paths.authUrl.at(-1)} go together.`);
  }
  const rules = { hosts: tenant.callbackHosts ?? [], allowHttp: false, now: now() };
  const hosts = [
    url == null ? null : checkAddress(check, paths.url, url, rules),
    authUrl == null ? null : checkAddress(check, paths.authUrl, authUrl, rules),
  ].filter((host) => host !== null);
  return url != null && authUrl != null && hosts.length === 2 ? { url, authUrl, hosts } : null;
}

/** Returns the host of an address that may be called; null, with a fault added, for any other. */
function checkAddress(
  check: InputCheck,
  path: readonly string[],
  text: string,
  rules: AddressRules,
): string | null {
  const address = check.url(path, text);
  if (address === null) return null;
  const name = path.at(-1);
  if (address.url.protocol !== 'https:') {
    check.add('CALLBACK_NOT_HTTPS', path, `${name} must be an https address.`);
    return null;
  }
  const fault = findAddressFault(address, rules);
  if (fault === null) return address.url.hostname;
  const { code, message } = toCallbackFault(fault.code);
  check.add(code, path, `${name} ${message}`);
  return null;
}

/** The fault of a file's address in the words of a callback's. */
function toCallbackFault(code: UserErrorCode): { code: UserErrorCode; message: string } {
  if (code === 'FILE_URL_HAS_USER') {
    return { code: 'CALLBACK_URL_HAS_USER', message: 'must not hold a user or a password.' };
  }
  if (code === 'FILE_HOST_PRIVATE') {
    return {
      code: 'CALLBACK_HOST_PRIVATE',
      message: 'must name a public host, and no IP address.',
    };
  }
  if (code === 'FILE_URL_EXPIRES') {
    const message = 'must be good for ten minutes or more: Atlas calls it when the flow ends.';
    return { code: 'CALLBACK_URL_EXPIRES', message };
  }
  const message = "must be on a host of the tenant's callbackHosts.";
  return { code: 'CALLBACK_HOST_NOT_ALLOWED', message };
}

/** Names by which Atlas takes an address to call (CONTRACT 4.1, 9.2, K18), without signs. */
const atlasNames = new Set([
  'callbackurl',
  'authurl',
  'authtokenurl',
  'chatnotificationurl',
  'notificationurl',
  'webhookurl',
]);

/**
 * Adds a fault for each member of `flowParams`, at any depth, that is named as Atlas names an address
 * to call: what Atlas does with such a member is not documented.
 */
export function checkFlowParams(
  check: InputCheck,
  value: unknown,
  path: readonly (string | number)[],
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    // The input type bounds depth and members; the name of a list's entry is its position.
    if (atlasNames.has(name.replace(/[^a-z]/gi, '').toLowerCase())) {
      const message = 'flowParams must not name an address that Atlas calls; give callback.';
      check.add('CALLBACK_IN_FLOW_PARAMS', path, message);
      return;
    }
    checkFlowParams(check, member, path);
  }
}

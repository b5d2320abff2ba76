import { isIP } from 'node:net';
import type { UserErrorCode } from '../refs.ts';
import type { PlainUrl } from './plain-url.ts';
import { toPresignedExpiry } from './presigned-expiry.ts';

/** A fault in the address of a file. The message never quotes the address: it may be signed. */
export interface AddressFault {
  readonly code: UserErrorCode;
  readonly message: string;
}

/** The rules of a tenant for the addresses of files. */
export interface AddressRules {
  /** Hosts that files may be on: names, or `*.example.com` for all below one; undefined: any. */
  readonly hosts: readonly string[] | undefined;
  /** Whether plain http is allowed. */
  readonly allowHttp: boolean;
  readonly now: number;
}

/** Atlas fetches later than it is asked (CONTRACT 4.2), by how much is not documented. */
const shortestLifeMs = 10 * 60_000;

/** Names that mean something inside of a network only (RFC 6761, RFC 6762, RFC 8375). */
const privateNames = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'lan',
  'home',
  'home.arpa',
];

/** Returns the fault of a file's address; null where it may be sent to Atlas. */
export function findAddressFault(
  { url, hasUser }: PlainUrl,
  { hosts, allowHttp, now }: AddressRules,
): AddressFault | null {
  // The parser has made one form of all ways to write an IP address (WHATWG URL, 3.5).
  const host = url.hostname;
  if (url.protocol !== 'https:' && !allowHttp) {
    return toFault('FILE_URL_NOT_HTTPS', 'url must be an https address.');
  }
  if (hasUser) {
    return toFault('FILE_URL_HAS_USER', 'url must not hold a user or a password.');
  }
  if (isPrivate(host)) {
    return toFault('FILE_HOST_PRIVATE', 'url must name a public host, and no IP address.');
  }
  if (hosts !== undefined && !hosts.some((allowed) => isWithin(host, allowed.toLowerCase()))) {
    return toFault('FILE_HOST_NOT_ALLOWED', 'url is on a host that your files may not be on.');
  }
  const expiresAt = toPresignedExpiry(url);
  if (expiresAt !== null && expiresAt - now < shortestLifeMs) {
    return toFault(
      'FILE_URL_EXPIRES',
      'url must be good for ten minutes or more: Atlas fetches it later.',
    );
  }
  return null;
}

function isPrivate(host: string): boolean {
  if (host.startsWith('[') || isIP(host) !== 0 || !host.includes('.')) return true;
  return privateNames.some((name) => host === name || host.endsWith(`.${name}`));
}

function isWithin(host: string, allowed: string): boolean {
  return allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed;
}

function toFault(code: UserErrorCode, message: string): AddressFault {
  return { code, message };
}

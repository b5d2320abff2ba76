import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * The address that a request came from, for counting peers: an IPv4 address, or the first 64 bits of
 * an IPv6 address, of which one peer has all. Null: it came from a trusted proxy that names nobody.
 */
export type ClientAddress = (request: IncomingMessage) => string | null;

/** As many proxies may stand in a row. */
const mostHops = 8;

/**
 * Reads `X-Forwarded-For` from its end for as long as the address before it is a trusted proxy: what
 * a peer writes there itself stands further in front and is not read. `proxies` are addresses or
 * networks such as `10.0.0.0/8`; without any, the address of the connection counts.
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  const isTrusted = (address: string) => trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');

  return ({ socket, headers }) => {
    let address = toPlain(socket.remoteAddress ?? '');
    const forwarded = headers['x-forwarded-for'] ?? '';
    const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join()).split(',');
    for (let hop = 0; hop < mostHops && isIP(address) !== 0 && isTrusted(address); hop += 1) {
      const before = toPlain(hops.pop()?.trim() ?? '');
      if (isIP(before) === 0) return null;
      address = before;
    }
    return isIPv6(address) ? toNetwork(address) : address;
  };
}

/** Without the prefix of an IPv4 address that a socket for both families has. */
function toPlain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The first four groups of an IPv6 address, each in full. */
function toNetwork(address: string): string {
  const [front = '', back] = address.split('::');
  const groups = front.split(':').filter(Boolean);
  const left = back === undefined ? 0 : 8 - groups.length - back.split(':').filter(Boolean).length;
  const whole = [...groups, ...Array.from({ length: Math.max(0, left) }, () => '0')];
  const known = back === undefined ? whole : [...whole, ...back.split(':')];
  return known
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

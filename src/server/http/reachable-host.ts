import type { NetworkInterfaceInfo } from 'node:os';

/**
 * The host by which others reach a server that listens on `host`, as a URL holds it. A wildcard is
 * no address: the first outer one stands for it, or the loopback where there is none.
 */
export function toReachableHost(
  host: string,
  interfaces: NodeJS.Dict<readonly NetworkInterfaceInfo[]>,
): string {
  if (host !== '0.0.0.0' && host !== '::') return toUrlHost(host);
  const outer = Object.values(interfaces).flatMap((infos) =>
    (infos ?? []).filter(({ internal }) => !internal),
  );
  const v4 = outer.find(({ family }) => family === 'IPv4');
  // A link-local address is good on one link only, which a URL can't name.
  const v6 = outer.find(({ family, address }) => family === 'IPv6' && !/^fe80:/i.test(address));
  const found = v4 ?? (host === '::' ? v6 : undefined);
  return toUrlHost(found?.address ?? (host === '::' ? '::1' : '127.0.0.1'));
}

/** A host as a URL holds it. */
export function toUrlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';
import { openSocket } from '../support/server/raw-socket.ts';

/** Opens a socket that never sends a key, from an address that a proxy tells or from this machine. */
async function openSilent(t: TestContext, { webSocketUrl }: OpenGateway, address?: string) {
  const headers = address === undefined ? {} : { 'x-forwarded-for': address };
  const socket = new WebSocket(webSocketUrl, 'graphql-transport-ws', { headers });
  t.after(() => socket.terminate());
  const ended = once(socket, 'close').then(([code]) => Number(code));
  await once(socket, 'open');
  return { socket, ended };
}

/** Dropped without a close. */
const cut = 1006;
const isOpen = ({ socket }: { readonly socket: WebSocket }) => socket.readyState === socket.OPEN;

test('one address has a fifth of the sockets that have sent no key, and a caller gets in beside them', async (t) => {
  const gateway = await openGateway(t, { env: { MAX_PENDING_SOCKETS: '10' } });
  const [first, second, third] = [
    await openSilent(t, gateway),
    await openSilent(t, gateway),
    await openSilent(t, gateway),
  ];
  assert.equal(await first.ended, cut);
  // A caller needs a place until its key is read, and takes that of the one that has waited longest.
  const caller = await openSocket(t, gateway.webSocketUrl);
  await caller.init(gateway.headers.authorization ?? '');
  assert.equal(await second.ended, cut);
  const fourth = await openSilent(t, gateway);
  await caller.isHeard();
  assert.ok(isOpen(third) && isOpen(fourth));
  assert.equal(gateway.sandbox.countCalls(), 0);
});

test('behind a trusted proxy peers are counted by the address that it tells', async (t) => {
  const env = { MAX_PENDING_SOCKETS: '10', TRUST_PROXY: '127.0.0.1' };
  const gateway = await openGateway(t, { env });
  const many = await Promise.all(
    ['192.0.2.1', '192.0.2.2', '2001:db8:0:1::1'].map((address) => openSilent(t, gateway, address)),
  );
  const [one, , wide] = many;
  await openSilent(t, gateway, '198.51.100.7, 192.0.2.1');
  await openSilent(t, gateway, '192.0.2.1');
  assert.equal(await one?.ended, cut);
  // Of IPv6 a peer has a network of addresses.
  await openSilent(t, gateway, '2001:db8:0:1::2');
  await openSilent(t, gateway, '2001:db8:0:1:ffff::3');
  assert.equal(await wide?.ended, cut);
  assert.ok(many[1] && isOpen(many[1]));
});

test('all addresses together have so many sockets that have sent no key', async (t) => {
  const env = { MAX_PENDING_SOCKETS: '5', TRUST_PROXY: '127.0.0.1' };
  const gateway = await openGateway(t, { env });
  const opened = [];
  for (let last = 1; last <= 7; last += 1) {
    opened.push(await openSilent(t, gateway, `192.0.2.${last}`));
  }
  assert.deepEqual([await opened[0]?.ended, await opened[1]?.ended], [cut, cut]);
  assert.ok(opened.slice(2).every(isOpen));
});

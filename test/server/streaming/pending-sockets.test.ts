import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { createClientAddress } from '../../../src/server/http/client-address.ts';
import { createPendingSockets } from '../../../src/server/streaming/pending-sockets.ts';

function openPending(most: number, mostPerAddress: number) {
  const dropped: number[] = [];
  const pending = createPendingSockets<number>({
    most,
    mostPerAddress,
    drop: (socket) => dropped.push(socket),
  });
  return { pending, dropped };
}

test('peers of one address push out each other and nobody else', () => {
  const { pending, dropped } = openPending(100, 2);
  pending.add(0, '192.0.2.2');
  for (const socket of [1, 2, 3, 4]) pending.add(socket, '192.0.2.1');
  assert.deepEqual(dropped, [1, 2]);
  assert.equal(pending.count(), 3);
});

test('in all, the socket that has waited longest makes room', () => {
  const { pending, dropped } = openPending(2, 2);
  for (const socket of [1, 2, 3]) pending.add(socket, `192.0.2.${socket}`);
  assert.deepEqual(dropped, [1]);
  assert.equal(pending.count(), 2);
});

test('a socket whose caller is known leaves its room to others', () => {
  const { pending, dropped } = openPending(2, 1);
  pending.add(1, '192.0.2.1');
  pending.delete(1);
  pending.add(2, '192.0.2.1');
  assert.deepEqual([dropped, pending.count()], [[], 1]);
});

test('a proxy that names nobody is bound by the limit of all alone', () => {
  const { pending, dropped } = openPending(3, 1);
  for (const socket of [1, 2, 3, 4]) pending.add(socket, null);
  assert.deepEqual(dropped, [1]);
});

const rows: readonly { says: string; from: string; forwarded?: string; is: string | null }[] = [
  { says: 'a peer itself', from: '192.0.2.7', is: '192.0.2.7' },
  {
    says: 'a peer that claims to be another',
    from: '192.0.2.7',
    forwarded: '1.1.1.1',
    is: '192.0.2.7',
  },
  { says: 'the peer of a proxy', from: '10.0.0.1', forwarded: '192.0.2.7', is: '192.0.2.7' },
  {
    says: 'an address for both families',
    from: '::ffff:10.0.0.1',
    forwarded: '192.0.2.7',
    is: '192.0.2.7',
  },
  {
    says: 'a claim in front of it',
    from: '10.0.0.1',
    forwarded: '1.1.1.1, 192.0.2.7',
    is: '192.0.2.7',
  },
  {
    says: 'a peer behind two proxies',
    from: '10.0.0.1',
    forwarded: '1.1.1.1, 192.0.2.7,10.9.9.9',
    is: '192.0.2.7',
  },
  { says: 'a proxy that names nobody', from: '10.0.0.1', is: null },
  { says: 'a proxy that names no address', from: '10.0.0.1', forwarded: 'unknown', is: null },
  { says: 'a network of IPv6', from: '2001:db8:0:1::5', is: '2001:db8:0:1' },
  {
    says: 'the same network written out',
    from: '2001:0db8:0000:0001:ffff:0:0:5',
    is: '2001:db8:0:1',
  },
];

for (const { says, from, forwarded, is } of rows) {
  test(`an address is told of ${says}`, () => {
    const clientAddress = createClientAddress(['10.0.0.0/8']);
    const request = {
      socket: { remoteAddress: from },
      headers: { 'x-forwarded-for': forwarded },
    };
    // Of a request no more is read.
    assert.equal(clientAddress(request as unknown as IncomingMessage), is);
  });
}

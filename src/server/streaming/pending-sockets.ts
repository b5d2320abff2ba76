/** Sockets whose caller is not known yet. */
export interface PendingSockets<Socket> {
  /** Takes in a socket; where it is one too many, the socket that has waited longest is dropped. */
  add(socket: Socket, address: string | null): void;
  /** Its caller is known now, or it has closed. */
  delete(socket: Socket): void;
  count(): number;
}

export interface PendingSocketsOptions<Socket> {
  readonly most: number;
  /** How many of one address. */
  readonly mostPerAddress: number;
  readonly drop: (socket: Socket) => void;
}

/**
 * The allowance of sockets before authentication. A client sends its key within a round trip, so what
 * has waited longest is the least likely to send one: peers that send none push out each other, and
 * never keep others out. An address of null is not counted by itself: a proxy stands for many peers.
 */
export function createPendingSockets<Socket>(
  options: PendingSocketsOptions<Socket>,
): PendingSockets<Socket> {
  const addressOf = new Map<Socket, string | null>();
  const byAddress = new Map<string, Set<Socket>>();

  function remove(socket: Socket): void {
    const address = addressOf.get(socket) ?? null;
    addressOf.delete(socket);
    if (address === null) return;
    const peers = byAddress.get(address);
    peers?.delete(socket);
    if (peers?.size === 0) byAddress.delete(address);
  }

  function dropOldest(sockets: Iterable<Socket>): void {
    const [oldest] = sockets;
    if (oldest === undefined) return;
    remove(oldest);
    options.drop(oldest);
  }

  return {
    add(socket, address) {
      const peers = address === null ? null : (byAddress.get(address) ?? new Set<Socket>());
      if (peers && peers.size >= options.mostPerAddress) dropOldest(peers);
      if (addressOf.size >= options.most) dropOldest(addressOf.keys());
      addressOf.set(socket, address);
      if (address !== null && peers) byAddress.set(address, peers.add(socket));
    },
    delete: remove,
    count: () => addressOf.size,
  };
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A network between clients and a gateway, which can fail as real ones do. */
export interface Network {
  /** The graph's address through this network. */
  readonly url: string;
  /** Swallows all bytes both ways and closes nothing, as a NAT that has forgotten its connections. */
  cutSilently(): void;
  /** Refuses connections, as the host of a gateway that is down, and breaks those that are open. */
  refuse(): Promise<void>;
  /**
   * Lets new connections through; what was open in a silent cut stays dead. `target` is where the
   * gateway is now, by default where it was.
   */
  restore(target?: string): Promise<void>;
  /** How many connections were opened through it. */
  countConnections(): number;
}

interface NetworkOptions {
  /** Answers a request whose head matches with 400 in place of the gateway. */
  readonly blocks?: RegExp;
}

const blocked = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/** Starts a network in front of a gateway, gone with the test. */
export async function startNetwork(
  t: TestContext,
  gatewayUrl: string,
  { blocks }: NetworkOptions = {},
): Promise<Network> {
  let target = new URL(gatewayUrl);
  let isSilent = false;
  let opened = 0;
  const near = new Set<Socket>();
  const cuts = new Set<() => void>();
  let server = await listen(0);
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  t.after(stop);

  async function listen(onPort: number): Promise<Server> {
    const listening = createServer(join);
    listening.listen(onPort, '127.0.0.1');
    await once(listening, 'listening');
    return listening;
  }

  async function stop(): Promise<void> {
    for (const socket of near) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  }

  function join(client: Socket): void {
    opened += 1;
    near.add(client);
    client.on('error', () => {});
    client.on('close', () => near.delete(client));
    if (isSilent) {
      client.resume();
      return;
    }
    const gateway = connect(Number(target.port), target.hostname);
    let isDead = false;
    const kill = () => {
      isDead = true;
    };
    cuts.add(kill);
    client.on('data', (bytes) => {
      if (isDead) return;
      if (blocks?.test(String(bytes))) client.end(blocked);
      else gateway.write(bytes);
    });
    gateway.on('data', (bytes) => isDead || client.write(bytes));
    gateway.on('error', () => isDead || client.destroy());
    gateway.on('close', () => isDead || client.end());
    client.on('close', () => {
      cuts.delete(kill);
      gateway.destroy();
    });
  }

  return {
    url: `http://127.0.0.1:${port}/graphql`,
    cutSilently() {
      isSilent = true;
      for (const kill of cuts) kill();
    },
    refuse: stop,
    async restore(newTarget) {
      if (newTarget !== undefined) target = new URL(newTarget);
      isSilent = false;
      if (!server.listening) server = await listen(port);
    },
    countConnections: () => opened,
  };
}

import type { AddressInfo, Server } from 'node:net';

/** Where a server is to listen, and the variable that names its port. */
export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly variable: 'PORT' | 'METRICS_PORT';
}

/** An address that can't be listened on, in one sentence that names the variable and the cure. */
export class ListenError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
  }
}

/** Starts to listen; the port. Rejects with a ListenError where the address can't be had. */
export async function listen(server: Server, address: ListenAddress): Promise<number> {
  const { host, port } = address;
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown) => reject(toListenError(error, address));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
  return (server.address() as AddressInfo).port; // it listens on a port, not on a pipe
}

function toListenError(error: unknown, { host, port, variable }: ListenAddress): ListenError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new ListenError(sentenceOf(code, host, `${variable} ${port}`, variable), error);
}

/** By the codes of listen(2), bind(2) and getaddrinfo(3), as Node names them. */
function sentenceOf(code: string, host: string, named: string, variable: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${named} is taken: something listens there at ${host} already. End that, or give another ${variable}.`;
    case 'EACCES':
      return `${named} is not for this user to listen on: give a ${variable} above 1023.`;
    case 'EADDRNOTAVAIL':
      return `HOST ${host} is no address of this machine: give one that is, or 0.0.0.0 for all.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST ${host} is a name without an address: give an address of this machine.`;
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return `HOST ${host} is an address that this machine can't use: give another of its own.`;
    default:
      return `${named} at HOST ${host} can't be listened on: ${code}.`;
  }
}

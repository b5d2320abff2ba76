import { startSandbox } from '../../src/sandbox/start-sandbox.ts';
import { serveDuties } from '../processes.ts';
import type { Episode } from './faults.ts';

/** Atlas of a soak, in a process of its own, with a client for each tenant. */
let sandbox: Awaited<ReturnType<typeof startSandbox>> | undefined;

function theSandbox() {
  if (sandbox === undefined) throw new Error('it has not begun to listen');
  return sandbox;
}

export type SoakAtlasDuties = typeof duties;

const duties = {
  async listen(tenants: readonly string[]): Promise<string> {
    sandbox = await startSandbox({
      stageMs: 300,
      // Short, so that what happens to tokens happens often.
      tokenLifetimeSeconds: 20,
      credentials: tenants.map((id) => ({
        clientId: `${id}-client`,
        clientSecret: `${id}-secret`,
      })),
    });
    return sandbox.url;
  },
  async begin({ target, fault }: Episode): Promise<void> {
    const { fault: order, refuseConnections } = theSandbox();
    if (target === null || fault === null) return await refuseConnections();
    order(target.endpoint, fault, Number.POSITIVE_INFINITY, `${target.tenant}-client`);
  },
  async end(): Promise<void> {
    theSandbox().clearFaults();
    await theSandbox().acceptConnections();
  },
};

serveDuties(duties);

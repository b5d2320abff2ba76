import { serveDuties } from '../../../bench/processes.ts';
import { startSandbox } from '../../../src/sandbox/start-sandbox.ts';

/** Atlas, in a process of its own. */
const sandbox = await startSandbox({ stageMs: 3_600_000 });

export type SandboxDuties = typeof duties;

const duties = {
  url: () => sandbox.url,
  count: (name: 'flowStatus' | 'verificationToken' | 'bulkToken' | 'initFlow') =>
    sandbox.countCalls(name),
  clear: () => sandbox.clearCalls(),
  /** Fulfilled when so many statuses have been asked for since the last `clear`. */
  async waitForStatusCalls(most: number): Promise<void> {
    while (sandbox.countCalls('flowStatus') < most) {
      const seen = sandbox.countCalls('flowStatus');
      await sandbox.waitForCall('flowStatus', () => sandbox.countCalls('flowStatus') > seen);
    }
  },
  /** Ends flows; whoever was to be called for them is. */
  finish(flowUuids: readonly string[]): void {
    for (const flowUuid of flowUuids) sandbox.finishFlow(flowUuid, 'SUCCESS');
  },
};

serveDuties(duties);

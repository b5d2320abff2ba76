import type { FlowState } from '../../atlas/answers/flow-status.ts';
import { NotFoundError } from '../../atlas/api/errors.ts';
import { needsForFlow } from '../access.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import { BadInputError, createPublicError } from '../operation/errors.ts';
import type { FoundFlow } from '../operation/loaders.ts';
import { FlowRef } from '../refs.ts';
import { requireWithin } from '../require.ts';
import { loadFlow } from './flow.ts';
import { FlowStateRef } from './flow-status.ts';

const longestWaitMs = 60_000;

builder.queryField('waitForFlow', (t) =>
  t.field({
    type: FlowRef,
    nullable: true,
    description:
      'Waits until the flow is in one of the given states, has ended, or the timeout has passed, and returns the flow as it then is. For clients that cannot keep a stream open. A wait counts as a subscription. Null when there is no such flow. Needs `flows:read`, or a grant for the flow.',
    authScopes: (_root, { uuid }, { operation }) => needsForFlow(operation.principal, uuid),
    args: {
      uuid: t.arg.string({ required: true, description: "Atlas's `flow_uuid`." }),
      until: t.arg({
        type: [FlowStateRef],
        required: true,
        defaultValue: ['SUCCESS', 'FAILED'],
        description: 'The states to wait for. The end of the flow ends the wait in any case.',
      }),
      timeoutMs: t.arg.int({
        required: true,
        defaultValue: 25_000,
        description: 'The longest wait in milliseconds, at most 60000.',
      }),
    },
    resolve: (_root, { uuid, until, timeoutMs }, { operation }) => {
      requireWithin('timeoutMs', timeoutMs, 0, longestWaitMs);
      if (until.length === 0) throw new BadInputError('until: needs at least one state.');
      return waitForFlow(operation, uuid, until, timeoutMs);
    },
  }),
);

/** The flow after the wait, for a caller that still may see it then. */
async function waitForFlow(
  operation: Operation,
  uuid: string,
  until: readonly FlowState[],
  timeoutMs: number,
): Promise<FoundFlow | null> {
  const last = await readUntil(operation, uuid, until, timeoutMs);
  await operation.requireAuthority();
  return last === undefined ? await loadFlow(operation, uuid) : last;
}

/** The last snapshot of the wait; undefined: none came in time. Null: there is no such flow. */
async function readUntil(
  operation: Operation,
  uuid: string,
  until: readonly FlowState[],
  timeoutMs: number,
): Promise<FoundFlow | null | undefined> {
  const release = operation.takeWait(operation.principal);
  if (release === null) {
    const message = 'Too many waits and subscriptions are open. End some, or try again later.';
    throw createPublicError('RATE_LIMITED', message, operation.requestId);
  }
  const reading = operation.flows.watch(operation.tenant, uuid);
  const stop = () => void reading.return?.();
  const cancelTimer = operation.after(timeoutMs, stop);
  operation.gone?.onCancel(stop);
  let last: FoundFlow | undefined;
  try {
    for await (const snapshot of reading) {
      last = { uuid, snapshot };
      if (until.includes(snapshot.state.status.state)) break;
    }
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  } finally {
    release();
    cancelTimer();
    operation.gone?.offCancel(stop);
    operation.renewDeadline();
  }
  return last;
}

import { createCallMeter } from '../atlas/api/call-meter.ts';
import type { Config } from '../config/config.ts';
import type { TenantPolicy } from '../identity/tenant-policy.ts';
import { askBatchProgress, type BatchProgress, batchRules } from '../live/batch-progress.ts';
import type { Clock } from '../live/clock.ts';
import { createEventFeed, type EventFeed } from '../live/event-feed.ts';
import { type FlowProgress, toKnownProgress } from '../live/flow-progress.ts';
import { createFlowWatch } from '../live/flow-watch.ts';
import { createFollowUp, type FollowUp } from '../live/follow-up.ts';
import { createSharedWatch } from '../live/shared-watch.ts';
import { createWatch, type Watch } from '../live/watch.ts';
import { type Log, toErrorFields } from '../logging/log.ts';
import type { Observers } from '../observe/measuring.ts';
import { batchOfKey } from '../schema/operation/context.ts';
import { toErrorCode } from '../schema/operation/errors.ts';
import type { Memory } from './memory.ts';
import type { Upstream } from './upstream.ts';

/** The watches over flows and batches. */
export interface Watches {
  readonly flows: Watch<FlowProgress>;
  readonly batches: Watch<BatchProgress>;
  readonly followUp: FollowUp;
  /** The event log as it grows. */
  readonly eventFeed: EventFeed;
}

/** The options of `createWatches`. */
export interface WatchesOptions {
  readonly config: Pick<Config, 'pollIntervalMs'>;
  readonly upstream: Upstream;
  readonly memory: Pick<Memory, 'register' | 'ledger' | 'shared' | 'store'>;
  readonly log: Log;
  readonly onPoll: Observers['onPoll'];
  readonly clock: Clock;
  readonly policy: Pick<TenantPolicy, 'callsPerPoll'>;
}

const batchWatchMs = 30 * 60_000;

/** Makes the watch over flows and the one over batches. */
export function createWatches(options: WatchesOptions): Watches {
  const { config, upstream, log, onPoll, clock } = options;
  const { register, ledger, shared, store } = options.memory;
  const { atlas, startDeadline, drift } = upstream;
  const intervalMs = config.pollIntervalMs;
  const onStoreFailure = (error: unknown) => log.error('the store failed', toErrorFields(error));
  const flows = createFlowWatch({
    atlas,
    register,
    ledger,
    clock,
    startDeadline,
    intervalMs,
    onLagging: () => drift.count('status-lagging'),
    onPoll: (poll) => onPoll('flow', poll),
    codeOf: toErrorCode,
    ...(shared && {
      share: createSharedWatch({ fleet: shared.fleet, topic: 'flow', readState: toKnownProgress }),
    }),
    onStoreFailure,
    onCallbackMissing: () =>
      log.warn(
        'no callback of Atlas arrived and flows are polled: check that Atlas can reach PUBLIC_URL',
      ),
  });
  const batches = createWatch({
    ask: async (owner, key, { isFresh }) => {
      const submittedIds = (await register.batch(owner.id, key))?.submittedDocumentIds;
      return await askBatchProgress(atlas, owner, batchOfKey(key), submittedIds, {
        isFresh,
        priority: 'live',
        deadline: startDeadline(),
        meter: createCallMeter(options.policy.callsPerPoll(owner.id)),
      });
    },
    rules: batchRules,
    missing: 'batch',
    clock,
    intervalMs,
    giveUpAfterMs: batchWatchMs,
    onChange: ({ id }, key, { snapshot: { state, version, observedAt: at } }) => {
      const { arrived, failed, missing } = state;
      // Of a batch that was submitted elsewhere nothing is known here.
      if (missing === null) return;
      const counts = { arrived, failed, missing };
      register.recordProgress(id, key, { counts, version, at }).catch(onStoreFailure);
    },
    onPoll: (poll) => onPoll('batch', poll),
    ...(shared && {
      share: createSharedWatch({
        fleet: shared.fleet,
        topic: 'batch',
        // Numbers, as another process wrote them.
        readState: (json): BatchProgress => json,
      }),
    }),
  });
  const followUp = createFollowUp({
    flows,
    register,
    clock,
    onFailure: (error) => log.debug('a flow could not be followed', toErrorFields(error)),
  });
  const eventFeed = createEventFeed({ events: store.events, clock });
  return { flows, batches, followUp, eventFeed };
}

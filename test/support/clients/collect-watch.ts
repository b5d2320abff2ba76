import type { TestContext } from 'node:test';
import type { AtlasError } from '../../../clients/web/src/atlas-error.ts';
import type { AtlasClient, WatchOptions } from '../../../clients/web/src/client.ts';
import type { Flow } from '../../../clients/web/src/flow.ts';

/** All that one watch has told. */
export interface Watched {
  readonly flows: readonly Flow[];
  /** Each change of liveness; a refusal with its code. */
  readonly liveness: readonly string[];
  /** Fulfilled at the first state. */
  readonly first: Promise<void>;
  /** Fulfilled when the connection is lost for the first time. */
  readonly lost: Promise<void>;
  /** Fulfilled at the end: with null, or with the error that ended the watch. */
  readonly ended: Promise<AtlasError | null>;
  readonly stop: () => void;
}

/** Watches a flow with the kit until the test ends. */
export function collectWatch(
  t: TestContext,
  client: AtlasClient,
  uuid: string,
  options: WatchOptions = {},
): Watched {
  const flows: Flow[] = [];
  const liveness: string[] = [];
  const first = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<AtlasError | null>();
  const stop = client.watchFlow(
    uuid,
    {
      onFlow(flow) {
        flows.push(flow);
        first.resolve();
      },
      onLiveness(state, error) {
        liveness.push(error ? `${state} after ${error.code}` : state);
        if (state === 'connecting') lost.resolve();
      },
      onEnd: () => ended.resolve(null),
      onError: ended.resolve,
    },
    options,
  );
  t.after(stop);
  const [seen, gone, over] = [first.promise, lost.promise, ended.promise];
  return { flows, liveness, first: seen, lost: gone, ended: over, stop };
}

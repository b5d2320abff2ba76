import { type Batches, createBatches } from './batches.ts';
import { type Callback, type Callbacks, createCallbacks } from './callbacks.ts';
import type { CrossCheckNames } from './cross-checks.ts';
import type { Placement } from './documents.ts';
import type { Flow } from './flow.ts';
import { createFlows, type Flows } from './flows.ts';
import { batchIdFor } from './identifiers.ts';
import { type Credentials, createTokens, type IssuedTokens } from './issued-tokens.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import type { Moment } from './stories.ts';

/** The parts of a world. */
export interface WorldOptions {
  readonly clock: SandboxClock;
  readonly stageMs: number;
  readonly tokenLifetimeSeconds: number;
  readonly credentials: readonly Credentials[];
  readonly placement: Placement;
  readonly crossCheckNames: CrossCheckNames;
}

/** Everything that one sandbox remembers: in memory, and gone with it. */
export interface World {
  readonly tokenLifetimeSeconds: number;
  readonly tokens: IssuedTokens;
  readonly flows: Flows;
  readonly bulk: Batches;
  readonly docstream: Batches;
  readonly callbacks: Callbacks;
  /** Whether somebody with that name and secret is known. */
  isClient(clientId: string | undefined, clientSecret: string | undefined): boolean;
  /** Tells the caller of a flow how it stands, as at its end. */
  sendCallback(flow: Flow): ReturnType<Callbacks['deliver']>;
  /** Nothing happens any more. */
  close(): void;
}

/** Creates a world without any requests so far. */
export function createWorld(options: WorldOptions): World {
  const { clock, stageMs, tokenLifetimeSeconds, credentials, placement, crossCheckNames } = options;
  const callbacks = createCallbacks(clock);
  let batchCount = 0;

  function nextBatchId(): string {
    batchCount += 1;
    return batchIdFor(batchCount, clock.now());
  }

  const flows = createFlows({
    clock,
    stageMs,
    placement,
    crossCheckNames,
    nextBatchId,
    onMoment: (flow, moment) => void tellCaller(flow, moment),
  });
  const forBatches = { clock, stageMs, nextBatchId };
  // Bulk names a limit of 50 a page; docstream names none, and its known client asks for up to 100.
  const bulk = createBatches({ ...forBatches, maxPerPage: 50, counts: 'submitted' });
  const docstream = createBatches({ ...forBatches, maxPerPage: 100, counts: 'extracted' });

  /** Sends what is due at a moment of a flow, one callback after the other. */
  async function tellCaller(flow: Flow, moment: Moment): Promise<void> {
    flow.callbacks.set(moment, toCallback(flow));
    for (const { of, at } of flow.play.callbacks) {
      const callback = at === moment ? flow.callbacks.get(of) : undefined;
      if (callback !== undefined) await callbacks.deliver(callback);
    }
  }

  function toCallback(flow: Flow): Callback {
    const { application_id, flow_params = {}, auth_url, callback_url } = flow.opened;
    return {
      flowUuid: flow.uuid,
      authUrl: auth_url,
      callbackUrl: callback_url,
      body: { application_id, flow_uuid: flow.uuid, flow_params, ...flows.extractsOf(flow) },
    };
  }

  function isClient(clientId: string | undefined, clientSecret: string | undefined): boolean {
    return credentials.some(
      (client) => client.clientId === clientId && client.clientSecret === clientSecret,
    );
  }

  function close(): void {
    flows.close();
    bulk.close();
    docstream.close();
    callbacks.close();
  }

  return {
    tokenLifetimeSeconds,
    tokens: createTokens(clock, tokenLifetimeSeconds),
    flows,
    bulk,
    docstream,
    callbacks,
    isClient,
    sendCallback: (flow) => callbacks.deliver(toCallback(flow)),
    close,
  };
}

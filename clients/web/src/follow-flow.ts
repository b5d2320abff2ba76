import { AtlasError, toAtlasError } from './atlas-error.ts';
import type { Flow } from './flow.ts';
import { retryDelay } from './retry-delay.ts';
import type { Tokens } from './tokens.ts';
import type { FlowResult } from './transport.ts';
import type { TransportChoice } from './transport-choice.ts';
import type { Wake } from './wake.ts';

/** How fresh the newest state is: `live` while a connection is open, otherwise `connecting`. */
export type Liveness = 'connecting' | 'live';

export interface FlowObserver {
  /** Called with each newer state of the flow; the last one has `status.isTerminal`. */
  onFlow(flow: Flow): void;
  /**
   * Called when the connection is opened or lost. `error` is why it was lost; null when it was not
   * refused. The kit is already trying again.
   */
  onLiveness?(liveness: Liveness, error: AtlasError | null): void;
}

export interface FollowOptions {
  readonly tokens: Tokens;
  readonly transports: TransportChoice;
  readonly wake: Wake;
  readonly heartbeatMs: number;
  readonly mostRetryMs: number;
}

export interface FlowRequest {
  readonly uuid: string;
  readonly after: number | null;
  readonly select: string;
  readonly signal: AbortSignal;
}

/**
 * Follows a flow over as many connections as it takes, and fulfils at its end or when the signal
 * aborts. Rejects only with what no repeat can change: an error whose `isFinal` is true, or a refused
 * token for which `getToken` has no other.
 */
export async function followFlow(
  options: FollowOptions,
  { uuid, after, select, signal }: FlowRequest,
  observer: FlowObserver,
): Promise<void> {
  const { transports, wake, heartbeatMs, mostRetryMs } = options;
  let version = after;
  let isEnded = false;
  let choice = transports.preferred();
  let failures = 0;

  while (!signal.aborted) {
    const control = new AbortController();
    const abort = () => control.abort();
    signal.addEventListener('abort', abort);
    const startedAt = Date.now();
    let isOpen = false;
    let hasResult = false;
    let refusal: AtlasError | null = null;

    function onOpen(): void {
      if (isOpen || control.signal.aborted) return;
      isOpen = true;
      transports.works(choice);
      observer.onLiveness?.('live', null);
    }
    function onResult({ data, errors }: FlowResult, token: string): void {
      if (control.signal.aborted) return;
      if (!data?.flow) {
        refusal = toRefusal(data, errors, token);
        abort();
        return;
      }
      onOpen();
      hasResult = true;
      const { status } = data.flow;
      if (status.version === version) return;
      version = status.version;
      isEnded = status.isTerminal;
      observer.onFlow(data.flow);
      if (isEnded) abort();
    }

    try {
      const attempt = { uuid, after: version, select, signal: control.signal, onOpen, onResult };
      await transports.at(choice)(attempt);
    } catch (failure) {
      refusal ??= toAtlasError(failure);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    if (isEnded || signal.aborted) return;
    if (refusal && (await isFinal(refusal, options.tokens))) throw refusal;
    observer.onLiveness?.('connecting', refusal);

    if (hasResult || (isOpen && Date.now() - startedAt > heartbeatMs)) failures = 0;
    choice = isOpen ? transports.preferred() : transports.next(choice);
    const delayMs = retryDelay(failures, mostRetryMs);
    failures += 1;
    await wake.sleep(Math.max(delayMs, refusal?.retryAfterMs ?? 0), signal);
  }
}

/** Why a result has no flow. */
function toRefusal(
  data: FlowResult['data'],
  errors: FlowResult['errors'],
  token: string,
): AtlasError {
  const [first] = errors ?? [];
  if (first) return new AtlasError(first, token);
  const code = data ? 'NOT_FOUND' : undefined;
  return new AtlasError({ message: 'There is no such flow', extensions: code ? { code } : {} });
}

async function isFinal(refusal: AtlasError, tokens: Tokens): Promise<boolean> {
  if (refusal.code !== 'UNAUTHENTICATED') return refusal.isFinal;
  // An application that cannot reach its own backend has no newer token yet.
  return tokens.isRefusedForGood(refusal.token ?? '').catch(() => false);
}

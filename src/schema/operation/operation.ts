import { CallIds } from '../../atlas/api/call-ids.ts';
import { beginEventCalls } from '../../atlas/api/call-meter.ts';
import { isKnownName } from '../../atlas/api/document-types.ts';
import type { CallOptions } from '../../atlas/client/client.ts';
import type { Priority } from '../../atlas/transport/concurrency-limiter.ts';
import type { Reads } from '../../privacy/audit.ts';
import { createRedactionPolicy } from '../../privacy/redaction.ts';
import type { Foundation, Operation } from './context.ts';
import { AuthorityEndedError } from './errors.ts';
import { createLoaders, type Loaders } from './loaders.ts';
import { createOriginNotes, type OriginNotes, type Origins } from './origins.ts';

/** The request that an operation runs for: its caller, its id, and the meter of its calls. */
export type AskedOperation = Pick<
  Operation,
  'principal' | 'requestId' | 'meter' | 'gone' | 'resumeAfter' | 'reauthenticate'
>;

/** Makes the context of one operation, the same for HTTP, SSE and WebSocket. */
export function createOperation(foundation: Foundation, asked: AskedOperation): Operation {
  return new RunningOperation(foundation, asked);
}

/** Its dependencies are looked up on use, since most operations need few of them. */
class RunningOperation implements Operation {
  readonly principal: Operation['principal'];
  readonly tenant: Operation['tenant'];
  readonly requestId: string;
  readonly meter: Operation['meter'];
  readonly gone: Operation['gone'];
  readonly resumeAfter: Operation['resumeAfter'];
  readonly reauthenticate: Operation['reauthenticate'];
  eventVersion: number | null = null;
  readonly reads: Reads;
  readonly #foundation: Foundation;
  readonly #ids: CallIds;
  #callOptions: CallOptions;
  #loaders: Loaders | undefined;
  #notes: OriginNotes | undefined;
  #isReleased = false;

  constructor(foundation: Foundation, asked: AskedOperation) {
    const { principal, requestId, meter, gone } = asked;
    const { tenant, callerId } = principal;
    this.principal = principal;
    this.tenant = tenant;
    this.requestId = requestId;
    this.meter = meter;
    this.gone = gone;
    this.resumeAfter = asked.resumeAfter;
    this.reauthenticate = asked.reauthenticate;
    this.reads = foundation.audit.begin({ tenantId: tenant.id, callerId, requestId });
    this.#foundation = foundation;
    this.#ids = new CallIds(requestId);
    this.#callOptions = this.#toCallOptions(undefined);
  }

  get callOptions(): CallOptions {
    return this.#callOptions;
  }

  get loaders(): Loaders {
    // The caller has left, so the result would never be shown.
    if (this.#isReleased) throw new Error('the answer has been made');
    this.#loaders ??= this.#beginLoaders();
    return this.#loaders;
  }

  beginEvent(version: number): void {
    this.eventVersion = version;
    beginEventCalls(this.meter);
    this.#isReleased = false;
    this.#callOptions = this.#toCallOptions('live');
    this.#loaders = undefined;
  }

  release(): void {
    this.#isReleased = true;
    this.#loaders = undefined;
    this.#notes = undefined;
  }

  noteOrigins(): Origins {
    this.#notes = createOriginNotes();
    this.#loaders = undefined;
    return this.#notes;
  }

  async requireAuthority(): Promise<void> {
    if (!(await this.principal.recheck())) throw new AuthorityEndedError();
  }

  renewDeadline(): void {
    this.#callOptions = this.#toCallOptions(this.#callOptions.priority);
  }

  /** Several mutations of one operation run one after the other, and each may take long. */
  #requireCurrent(): void {
    if (!this.principal.isCurrent()) throw new AuthorityEndedError();
  }

  #toCallOptions(priority: Priority | undefined): CallOptions {
    const deadline = this.#foundation.startDeadline({ cancellation: this.gone });
    return { meter: this.meter, ids: this.#ids, deadline, priority };
  }

  #beginLoaders(): Loaders {
    const { atlas, flows, finished, register, monotonicMs } = this.#foundation;
    const notes = this.#notes;
    const { scopes } = this.principal;
    return createLoaders({
      atlas,
      flows,
      finished: notes ? notes.through(finished) : finished,
      tenant: this.tenant,
      meter: this.meter,
      callOptions: () => this.#callOptions,
      redaction: createRedactionPolicy({
        get isUnmasked() {
          return scopes.has('pii:read');
        },
        isKnownName,
        onRead: (subject, paper, name) => this.reads.note(subject, paper, name),
      }),
      register,
      monotonicMs,
    });
  }

  get atlas(): Operation['atlas'] {
    this.#requireCurrent();
    return this.#foundation.atlas;
  }

  get register(): Foundation['register'] {
    return this.#foundation.register;
  }

  get flows(): Foundation['flows'] {
    return this.#foundation.flows;
  }

  get finished(): Foundation['finished'] {
    return this.#foundation.finished;
  }

  get batches(): Foundation['batches'] {
    return this.#foundation.batches;
  }

  get offerCallback(): Foundation['offerCallback'] {
    return this.#foundation.offerCallback;
  }

  get grants(): Foundation['grants'] {
    this.#requireCurrent();
    return this.#foundation.grants;
  }

  get runIdempotently(): Foundation['runIdempotently'] {
    return this.#foundation.runIdempotently;
  }

  get runExclusively(): Foundation['runExclusively'] {
    return this.#foundation.runExclusively;
  }

  get callbacks(): Foundation['callbacks'] {
    return this.#foundation.callbacks;
  }

  get secrets(): Foundation['secrets'] {
    return this.#foundation.secrets;
  }

  get onCalled(): Foundation['onCalled'] {
    return this.#foundation.onCalled;
  }

  get takeWait(): Foundation['takeWait'] {
    return this.#foundation.takeWait;
  }

  get limitsOf(): Foundation['limitsOf'] {
    return this.#foundation.limitsOf;
  }

  get atlasHealth(): Foundation['atlasHealth'] {
    return this.#foundation.atlasHealth;
  }

  get isAtlasWell(): Foundation['isAtlasWell'] {
    return this.#foundation.isAtlasWell;
  }

  get now(): Foundation['now'] {
    return this.#foundation.now;
  }

  get uploadSettledMs(): Foundation['uploadSettledMs'] {
    return this.#foundation.uploadSettledMs;
  }

  get monotonicMs(): Foundation['monotonicMs'] {
    return this.#foundation.monotonicMs;
  }

  get after(): Foundation['after'] {
    return this.#foundation.after;
  }
}

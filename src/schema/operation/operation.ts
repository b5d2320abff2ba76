import { CallIds } from '../../atlas/api/call-ids.ts';
import { beginEventCalls } from '../../atlas/api/call-meter.ts';
import { isKnownName } from '../../atlas/api/document-types.ts';
import type { CallOptions } from '../../atlas/client/client.ts';
import type { Priority } from '../../atlas/transport/concurrency-limiter.ts';
import type { Reads } from '../../privacy/audit.ts';
import { createRedactionPolicy } from '../../privacy/redaction.ts';
import {
  type CacheDependencies,
  createDependencyRecorder,
  type DependencyRecorder,
} from './cache-dependencies.ts';
import type { Operation, SchemaDependencies } from './context.ts';
import { AuthorityEndedError } from './errors.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** The request that an operation runs for: its caller, its id, and the meter of its calls. */
export type AskedOperation = Pick<
  Operation,
  'principal' | 'requestId' | 'meter' | 'gone' | 'resumeAfter' | 'reauthenticate'
>;

/** Makes the context of one operation, the same for HTTP, SSE and WebSocket. */
export function createOperation(foundation: SchemaDependencies, asked: AskedOperation): Operation {
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
  readonly #dependencies: SchemaDependencies;
  readonly #ids: CallIds;
  #callOptions: CallOptions;
  #loaders: Loaders | undefined;
  #notes: DependencyRecorder | undefined;
  #isReleased = false;

  constructor(foundation: SchemaDependencies, asked: AskedOperation) {
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
    this.#dependencies = foundation;
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

  recordDependencies(): CacheDependencies {
    this.#notes = createDependencyRecorder();
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
    const deadline = this.#dependencies.startDeadline({ cancellation: this.gone });
    return { meter: this.meter, ids: this.#ids, deadline, priority };
  }

  #beginLoaders(): Loaders {
    const { atlas, flows, finished, register, monotonicMs } = this.#dependencies;
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
    return this.#dependencies.atlas;
  }

  get register(): SchemaDependencies['register'] {
    return this.#dependencies.register;
  }

  get flows(): SchemaDependencies['flows'] {
    return this.#dependencies.flows;
  }

  get finished(): SchemaDependencies['finished'] {
    return this.#dependencies.finished;
  }

  get batches(): SchemaDependencies['batches'] {
    return this.#dependencies.batches;
  }

  get offerCallback(): SchemaDependencies['offerCallback'] {
    return this.#dependencies.offerCallback;
  }

  get grants(): SchemaDependencies['grants'] {
    this.#requireCurrent();
    return this.#dependencies.grants;
  }

  get events(): SchemaDependencies['events'] {
    return this.#dependencies.events;
  }

  get eventFeed(): SchemaDependencies['eventFeed'] {
    return this.#dependencies.eventFeed;
  }

  get runIdempotently(): SchemaDependencies['runIdempotently'] {
    return this.#dependencies.runIdempotently;
  }

  get runExclusively(): SchemaDependencies['runExclusively'] {
    return this.#dependencies.runExclusively;
  }

  get callbacks(): SchemaDependencies['callbacks'] {
    return this.#dependencies.callbacks;
  }

  get secrets(): SchemaDependencies['secrets'] {
    return this.#dependencies.secrets;
  }

  get onCalled(): SchemaDependencies['onCalled'] {
    return this.#dependencies.onCalled;
  }

  get takeWait(): SchemaDependencies['takeWait'] {
    return this.#dependencies.takeWait;
  }

  get limitsOf(): SchemaDependencies['limitsOf'] {
    return this.#dependencies.limitsOf;
  }

  get atlasHealth(): SchemaDependencies['atlasHealth'] {
    return this.#dependencies.atlasHealth;
  }

  get isAtlasWell(): SchemaDependencies['isAtlasWell'] {
    return this.#dependencies.isAtlasWell;
  }

  get now(): SchemaDependencies['now'] {
    return this.#dependencies.now;
  }

  get uploadSettledMs(): SchemaDependencies['uploadSettledMs'] {
    return this.#dependencies.uploadSettledMs;
  }

  get monotonicMs(): SchemaDependencies['monotonicMs'] {
    return this.#dependencies.monotonicMs;
  }

  get after(): SchemaDependencies['after'] {
    return this.#dependencies.after;
  }
}

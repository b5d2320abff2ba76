import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DestinationStream } from 'pino';
import { createLineTimes } from '../logging/line-times.ts';
import type { TenantId } from '../tenant-id.ts';
import type { Turns } from '../turns.ts';
import { isShownName, type Subject } from './redaction.ts';

/** The caller that reads, and its operation. */
export interface Reader {
  readonly tenantId: TenantId;
  readonly callerId: string;
  readonly requestId: string;
}

/**
 * The reads of an operation as the audit has them: the end of a line for each flow or batch. It is
 * the same for every caller of the tenant.
 */
export type NotedReads = readonly string[];

/** Collects the personal data that one operation, or one event of a subscription, reads. */
export interface Reads {
  note(subject: Subject, paper: string, name: string): void;
  /** Returns the reads since the last call. */
  noted(): NotedReads;
  /** The same, and begins anew: the lines are left to whoever shows the answer. */
  take(): NotedReads;
  /** Notes what was noted before, for the same tenant, of an answer that is shown again. */
  noteAgain(noted: NotedReads): void;
  /**
   * Assembles the lines of what was noted since the last time, over several turns of the event loop.
   * They are put on record as what was noted before.
   */
  assemble(turns: Turns, owner: object): Promise<void>;
  /** Puts on record what was noted since the last time: a line for each flow or batch. */
  flush(): void;
  /**
   * Writes a line at once: the results of a new flow of an application are to be sent to these hosts.
   * Throws when the line can't be written.
   */
  recordRedirect(applicationId: string, hosts: readonly string[]): void;
}

/** The audit log of reads of personal data. */
export interface Audit {
  begin(reader: Reader): Reads;
}

/** The options of `createAudit`. */
export interface AuditOptions {
  /** The key of the subjects' hashes: who has it can look for a person's lines, nobody else. */
  readonly secret: string;
  readonly destination: DestinationStream;
  /** True for a name that the catalogue of document types has. */
  readonly isKnownName: (name: string) => boolean;
}

/**
 * The record of who read whose data: names of fields and never a value. Its lines are JSON, apart
 * from the log's, and written before the answer leaves.
 */
export function createAudit({ secret, destination, isKnownName }: AuditOptions): Audit {
  const key = createSecretKey(secret, 'utf8');
  /** Hashes of recent subjects, since a caller often reads the same subject again. */
  const hashes = new LRUCache<string, string>(mostKnown);
  const hash = (tenantId: TenantId, { kind, id, applicationId }: Subject): string => {
    const isKnown = applicationId !== undefined;
    const whose = isKnown ? ['application', applicationId] : [kind, id];
    const text = JSON.stringify([tenantId, ...whose]);
    const known = hashes.get(text);
    if (known !== undefined) return known;
    const made = createHmac('sha256', key).update(text).digest('base64url');
    hashes.set(text, made);
    return made;
  };
  const toTime = createLineTimes();
  const lines: Lines = {
    toEnd(tenantId, { subject, papers }) {
      const fields = new FieldNames(isKnownName);
      for (const [paper, names] of papers) for (const name of names) fields.add(paper, name);
      return lines.toEndOf(tenantId, subject, fields.sorted());
    },
    toEndOf(tenantId, subject, fields) {
      const end = {
        [subject.kind]: subject.id,
        subject: hash(tenantId, subject),
        fields,
        event: 'personal data read',
      };
      return JSON.stringify(end).slice(1);
    },
    startFields: () => new FieldNames(isKnownName),
    toRedirectEnd(tenantId, applicationId, hosts) {
      const subject = hash(tenantId, { kind: 'flow', id: '', applicationId });
      return JSON.stringify({ subject, hosts, event: 'results redirected' }).slice(1);
    },
    write({ tenantId, callerId, requestId }, end) {
      const begin = {
        stream: 'audit',
        time: toTime(),
        requestId,
        tenant: tenantId,
        caller: callerId,
      };
      destination.write(`${JSON.stringify(begin).slice(0, -1)},${end}\n`);
    },
  };
  return { begin: (reader) => new OperationReads(reader, lines) };
}

interface Lines {
  /** All of a line behind who reads. */
  toEnd(tenantId: TenantId, noted: Noted): string;
  /** The same with the names of the fields as the line has them. */
  toEndOf(tenantId: TenantId, subject: Subject, fields: readonly string[]): string;
  startFields(): FieldNames;
  toRedirectEnd(tenantId: TenantId, applicationId: string, hosts: readonly string[]): string;
  write(reader: Reader, end: string): void;
}

/** There is one for each operation, as long as it runs: all that it does it has from its class. */
class OperationReads implements Reads {
  readonly #reader: Reader;
  readonly #lines: Lines;
  #noted: NotedSubjects | undefined;
  #again: NotedReads | undefined;

  constructor(reader: Reader, lines: Lines) {
    this.#reader = reader;
    this.#lines = lines;
  }

  note(subject: Subject, paper: string, name: string): void {
    this.#noted ??= new NotedSubjects();
    const { papers } = this.#noted.of(subject);
    const names = papers.get(paper);
    if (names === undefined) papers.set(paper, new Set([name]));
    else names.add(name);
  }

  noted(): NotedReads {
    const { tenantId } = this.#reader;
    const ends = this.#noted?.all().map((noted) => this.#lines.toEnd(tenantId, noted)) ?? [];
    return this.#again ? [...this.#again, ...ends] : ends;
  }

  noteAgain(noted: NotedReads): void {
    this.#again = this.#again ? [...this.#again, ...noted] : noted;
  }

  take(): NotedReads {
    if (this.#noted === undefined && this.#again === undefined) return [];
    const noted = this.noted();
    this.#noted = undefined;
    this.#again = undefined;
    return noted;
  }

  async assemble(turns: Turns, owner: object): Promise<void> {
    const noted = this.#noted?.all() ?? [];
    // Reads that are noted meanwhile belong to another answer.
    this.#noted = undefined;
    const { tenantId } = this.#reader;
    let count = 0;
    for (const { subject, papers } of noted) {
      const fields = this.#lines.startFields();
      for (const [paper, names] of papers) {
        for (const name of names) {
          fields.add(paper, name);
          count += 1;
          if (count % namesAtOnce === 0 && turns.isLong()) await turns.next(owner);
        }
      }
      if (turns.isLong()) await turns.next(owner);
      this.noteAgain([this.#lines.toEndOf(tenantId, subject, fields.sorted())]);
    }
  }

  flush(): void {
    if (this.#noted === undefined && this.#again === undefined) return;
    for (const end of this.noted()) this.#lines.write(this.#reader, end);
    this.#noted = undefined;
    this.#again = undefined;
  }

  recordRedirect(applicationId: string, hosts: readonly string[]): void {
    const end = this.#lines.toRedirectEnd(this.#reader.tenantId, applicationId, [
      ...new Set(hosts),
    ]);
    this.#lines.write(this.#reader, end);
  }
}

/** By size and not by `max`, for which room would be made at once. */
const mostKnown = { maxSize: 10_000, sizeCalculation: () => 1 };

/** The personal data read of one flow or batch: names of fields, by their document. */
interface Noted {
  readonly subject: Subject;
  readonly papers: Map<string, Set<string>>;
}

/** The subjects of one operation. Reads mostly come in rows of one subject, which is then the last. */
class NotedSubjects {
  readonly #byName = new Map<string, Noted>();
  #last: Noted | undefined;

  of(subject: Subject): Noted {
    if (this.#last?.subject === subject) return this.#last;
    const name = `${subject.kind} ${subject.id}`;
    const noted = this.#byName.get(name) ?? { subject, papers: new Map() };
    this.#byName.set(name, noted);
    this.#last = noted;
    return noted;
  }

  all(): Noted[] {
    return [...this.#byName.values()];
  }
}

/** Names that are added to a line before the turn is looked at again. */
const namesAtOnce = 256;
/** No flow or batch of CONTRACT.md has nearly so many; beyond, to sort them would take too long. */
const mostSorted = 10_000;

/** The names of the fields of one line, as the record may show them. */
class FieldNames {
  readonly #names = new Set<string>();
  readonly #toName: (name: string) => string;

  constructor(isKnownName: AuditOptions['isKnownName']) {
    this.#toName = (name) => (isShownName(name, isKnownName) ? name : 'unnamed');
  }

  add(paper: string, name: string): void {
    this.#names.add(`${this.#toName(paper)}.${toLinkedName(name, this.#toName)}`);
  }

  /** In the order of the alphabet; more than 10,000 in the order in which they were added. */
  sorted(): readonly string[] {
    const names = [...this.#names];
    return names.length > mostSorted ? names : names.sort();
  }
}

/** The name of a field, or of the link beside its value. */
function toLinkedName(name: string, toName: (name: string) => string): string {
  const suffix = name.endsWith(linkSuffix) ? linkSuffix : '';
  return `${toName(name.slice(0, name.length - suffix.length))}${suffix}`;
}

const linkSuffix = '.redact_url';

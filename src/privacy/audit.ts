import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DestinationStream } from 'pino';
import { createLineTimes } from '../logging/line-times.ts';
import type { TenantId } from '../tenant-id.ts';
import { isShownName, type Subject } from './sight.ts';

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
  /** Puts on record what was noted since the last time: a line for each flow or batch. */
  flush(): void;
  /**
   * Writes a line at once: the results of a new flow of an application are to be sent to these hosts.
   * Throws when the line can't be written.
   */
  recordRedirect(applicationId: string, hosts: readonly string[]): void;
}

export interface Audit {
  begin(reader: Reader): Reads;
}

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
      const end = {
        [subject.kind]: subject.id,
        subject: hash(tenantId, subject),
        fields: toFieldNames(papers, isKnownName),
        event: 'personal data read',
      };
      return JSON.stringify(end).slice(1);
    },
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
  toRedirectEnd(tenantId: TenantId, applicationId: string, hosts: readonly string[]): string;
  write(reader: Reader, end: string): void;
}

/** There is one for each operation, as long as it runs: all that it does it has from its class. */
class OperationReads implements Reads {
  readonly #reader: Reader;
  readonly #lines: Lines;
  #noted: Noted[] | undefined;
  #again: NotedReads | undefined;

  constructor(reader: Reader, lines: Lines) {
    this.#reader = reader;
    this.#lines = lines;
  }

  note(subject: Subject, paper: string, name: string): void {
    this.#noted ??= [];
    const { papers } = notedOf(this.#noted, subject);
    const names = papers.get(paper);
    if (names === undefined) papers.set(paper, new Set([name]));
    else names.add(name);
  }

  noted(): NotedReads {
    const { tenantId } = this.#reader;
    const ends = this.#noted?.map((noted) => this.#lines.toEnd(tenantId, noted)) ?? [];
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

/** Reads come in rows of one subject, which is then the last. */
function notedOf(noted: Noted[], subject: Subject): Noted {
  const last = noted.at(-1);
  if (last?.subject === subject) return last;
  const known = noted.find(
    ({ subject: { kind, id } }) => kind === subject.kind && id === subject.id,
  );
  if (known !== undefined) return known;
  const begun: Noted = { subject, papers: new Map() };
  noted.push(begun);
  return begun;
}

function toFieldNames(papers: Noted['papers'], isKnownName: AuditOptions['isKnownName']): string[] {
  const toName = (name: string) => (isShownName(name, isKnownName) ? name : 'unnamed');
  const fields = new Set<string>();
  for (const [paper, names] of papers) {
    for (const name of names) fields.add(`${toName(paper)}.${toLinkedName(name, toName)}`);
  }
  return [...fields].sort();
}

/** The name of a field, or of the link beside its value. */
function toLinkedName(name: string, toName: (name: string) => string): string {
  const suffix = name.endsWith(linkSuffix) ? linkSuffix : '';
  return `${toName(name.slice(0, name.length - suffix.length))}${suffix}`;
}

const linkSuffix = '.redact_url';

import { createHmac, createSecretKey } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type DestinationStream, pino } from 'pino';
import type { TenantId } from '../tenant-id.ts';
import type { Subject } from './sight.ts';

/** Who reads, in which operation. */
export interface Reader {
  readonly tenantId: TenantId;
  readonly callerId: string;
  readonly requestId: string;
}

/** What one operation, or one event of a subscription, reads of somebody's data. */
export interface Reads {
  note(subject: Subject, paper: string, name: string): void;
  /** Puts on record what was noted since the last time: a line for each flow or batch. */
  flush(): void;
}

export interface Audit {
  begin(reader: Reader): Reads;
}

export interface AuditOptions {
  /** The key of the subjects' hashes: who has it can look for a person's lines, nobody else. */
  readonly secret: string;
  readonly destination: DestinationStream;
}

/**
 * The record of who read whose data: names of fields and never a value. Its lines are JSON, apart
 * from the log's, and written before the answer leaves.
 */
export function createAudit({ secret, destination }: AuditOptions): Audit {
  const options = {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // There is one level only; in its place stands which stream this is.
    formatters: { level: () => ({ stream: 'audit' }) },
    messageKey: 'event',
  };
  const lines = pino(options, destination);

  const key = createSecretKey(secret, 'utf8');
  /** Whoever reads of somebody often does so again. */
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

  return {
    begin({ tenantId, callerId, requestId }) {
      let noted: Noted[] = [];
      return {
        note(subject, paper, name) {
          const { papers } = notedOf(noted, subject);
          const names = papers.get(paper);
          if (names === undefined) papers.set(paper, new Set([name]));
          else names.add(name);
        },
        flush() {
          for (const { subject, papers } of noted) {
            lines.info(
              {
                requestId,
                tenant: tenantId,
                caller: callerId,
                [subject.kind]: subject.id,
                subject: hash(tenantId, subject),
                fields: toFieldNames(papers),
              },
              'personal data read',
            );
          }
          if (noted.length > 0) noted = [];
        },
      };
    },
  };
}

/** By size and not by `max`, for which room would be made at once. */
const mostKnown = { maxSize: 10_000, sizeCalculation: () => 1 };

/** What was read of one flow or batch: names of fields, by the paper they stand on. */
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

function toFieldNames(papers: Noted['papers']): string[] {
  const fields = new Set<string>();
  for (const [paper, names] of papers) {
    for (const name of names) fields.add(toPlainName(`${paper}.${name}`));
  }
  return [...fields].sort();
}

export interface AuditFile extends DestinationStream {
  /** Opens the file anew, after something has moved it away. */
  reopen(): void;
}

/** Where the audit goes: the path of a file, made if it is not there and added to, or `stdout`. */
export function openAuditFile(place: string): AuditFile {
  const isFile = place !== 'stdout';
  const file = pino.destination({
    ...(isFile ? { dest: place, mkdir: true, mode: 0o600 } : { dest: 1 }),
    sync: true,
  });
  return {
    write: (line) => void file.write(line),
    reopen: () => (isFile ? file.reopen() : undefined),
  };
}

/** A name comes from Atlas's answer: what has not the look of one may be a value. */
function toPlainName(name: string): string {
  return /^[\w.-]{1,96}$/.test(name) ? name : 'unnamed';
}

import { toMoment } from '../rfc3339.ts';

/** Vendors that sign with `X-<vendor>-Date` and `X-<vendor>-Expires`, in seconds from that moment. */
const vendors = [
  'amz', // S3 version 4, and what speaks like it
  'goog', // GCS version 4
  'oss', // Alibaba OSS version 4
  'obs', // Huawei OBS
  'tos', // Volcengine TOS
];

/** The values of each parameter, by its name in small letters. */
type Query = (name: string) => readonly string[];

/**
 * The moment at which a presigned address ends, in milliseconds since the epoch: the earliest that
 * its query names. Null where it names none. Read are S3, GCS and Alibaba OSS in version 4 (a moment
 * and a lifetime), their older forms and CloudFront's canned policy (`Expires` beside `Signature`),
 * OSS version 2, CloudFront's custom policy, Azure's shared access signature (`se` beside `sig`), and
 * Tencent COS (`q-sign-time`). A lifetime without the moment it begins at is no end.
 */
export function toPresignedExpiry(url: URL): number | null {
  const query = readQuery(url.search.slice(1));
  const ends = [
    ...vendors.map((vendor) => toVendorEnd(query, vendor)),
    has(query, 'signature') ? earliest(query('expires').map(toEpoch)) : null,
    has(query, 'x-oss-signature') && !has(query, 'x-oss-date')
      ? earliest(query('x-oss-expires').map(toEpoch))
      : null,
    has(query, 'signature') ? earliest(query('policy').flatMap(toPolicyEnds)) : null,
    has(query, 'sig') ? earliest(query('se').map(toIsoMoment)) : null,
    toCosEnd(query),
    // Tencent's older SDKs put the whole signature into one parameter.
    ...query('sign').map((signature) => toCosEnd(readQuery(signature))),
  ];
  return earliest(ends);
}

function readQuery(text: string): Query {
  const values = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    const [name = '', ...rest] = pair.split('=');
    const key = decode(name).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), decode(rest.join('='))]);
  }
  return (name) => values.get(name) ?? [];
}

/** A plus stays one: it stands in offsets and in base64. Text that is not UTF-8 stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function has(query: Query, name: string): boolean {
  return query(name).length > 0;
}

function earliest(ends: readonly (number | null)[]): number | null {
  return ends.reduce((one, other) => {
    if (one === null || other === null) return one ?? other;
    return Math.min(one, other);
  }, null);
}

function toVendorEnd(query: Query, vendor: string): number | null {
  const signedAt = earliest(query(`x-${vendor}-date`).map(toBasicMoment));
  const lifetimeMs = earliest(query(`x-${vendor}-expires`).map(toSeconds));
  return signedAt === null || lifetimeMs === null ? null : signedAt + lifetimeMs;
}

/** Two moments in seconds, with a semicolon between: the signature's time, and its key's. */
function toCosEnd(query: Query): number | null {
  if (!has(query, 'q-signature')) return null;
  const spans = [...query('q-sign-time'), ...query('q-key-time')];
  return earliest(spans.map((span) => toEpoch(/^\d+;(\d+)$/.exec(span)?.[1] ?? '')));
}

/** The ends of a CloudFront policy: base64 of JSON, with signs that a URL can hold. */
function toPolicyEnds(policy: string): (number | null)[] {
  const base64 = policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/');
  try {
    const { Statement: given }: Policy = JSON.parse(Buffer.from(base64, 'base64').toString());
    const statements = Array.isArray(given) ? given : [given];
    return statements.map((each) => toEpoch(each?.Condition?.DateLessThan?.['AWS:EpochTime']));
  } catch {
    // no JSON, or no object: no policy of CloudFront
    return [];
  }
}

/** As far as a policy is read here; any member may be missing or of another type. */
interface Policy {
  readonly Statement?: Statement | readonly (Statement | null)[] | null;
}
interface Statement {
  readonly Condition?: { readonly DateLessThan?: { readonly 'AWS:EpochTime'?: unknown } };
}

/** Seconds since the epoch; null where they are so few that they can only be a lifetime. */
function toEpoch(seconds: unknown): number | null {
  return /^\d{10,11}$/.test(String(seconds)) ? Number(seconds) * 1000 : null;
}

function toSeconds(text: string): number | null {
  return /^\d{1,11}$/.test(text) ? Number(text) * 1000 : null;
}

/** `20260115T093000Z`, the basic form of ISO 8601. */
function toBasicMoment(text: string): number | null {
  const [, date, time] = /^(\d{8})T(\d{6})Z$/i.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const day = date.replace(/^(....)(..)/, '$1-$2-');
  return toMoment(`${day}T${time.replace(/^(..)(..)/, '$1:$2:')}Z`)?.getTime() ?? null;
}

/** A moment as Azure takes it: a day, or a day and a time with or without seconds, in UTC. */
function toIsoMoment(text: string): number | null {
  const [, day, time = 'T00:00', seconds = ':00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? [];
  return day === undefined ? null : (toMoment(`${day}${time}${seconds}${zone}`)?.getTime() ?? null);
}

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
type Query = ReadonlyMap<string, readonly string[]>;

/** Names of what proves that an address was signed: `X-Amz-Signature`, `sig`, `token`, `hmac`. */
const proofName = /(?:^|[-_.])(?:s|sig|sign|signature|token|hmac|hash|md5|auth)$/;
/** Names of a moment at which an address ends: `Expires`, `se`, `exp`, `expires_at`, `validUntil`. */
const endName =
  /(?:^|[-_.])(?:(?:e|se|ske|exp|expires?|expiry|expiration)(?:[-_]?(?:at|on|time|date))?|valid[-_]?(?:to|until))$/;

/**
 * The moment at which a presigned address ends, in milliseconds since the epoch: the earliest that
 * its query names. Null where it names none. Read are:
 * - a moment beside a proof, whatever the two are called: S3 and GCS in version 2, CloudFront's canned
 *   policy, Azure's shared access signature, Alibaba OSS in versions 1 and 2, and most others;
 * - a moment and a lifetime, as S3, GCS and Alibaba OSS have them in version 4;
 * - CloudFront's custom policy, Tencent COS (`q-sign-time`) and Fastly's token;
 * - the `exp` of a JWT, and a value that holds all of it: Akamai's and Google Media CDN's tokens.
 *
 * A lifetime without the moment it begins at is no end, and neither is a moment without a proof.
 */
export function toPresignedExpiry(url: URL): number | null {
  const query = readQuery(url.search.slice(1), '&');
  const values = [...query.values()].flat();
  const nested = values
    .filter((value) => value.includes('='))
    .map((value) => readQuery(value, /[&~]/));
  return earliest([
    ...[query, ...nested].map(toEnd),
    ...values.map(toJwtEnd),
    ...valuesOf(query, 'token').map(toFastlyEnd),
  ]);
}

function toEnd(query: Query): number | null {
  const isProven = [...query.keys()].some((name) => proofName.test(name));
  if (!isProven) return earliest(vendors.map((vendor) => toVendorEnd(query, vendor)));
  const moments = [...query].filter(([name]) => endName.test(name)).flatMap(([, values]) => values);
  return earliest([
    ...vendors.map((vendor) => toVendorEnd(query, vendor)),
    ...moments.flatMap((text) => [toEpoch(text), toIsoMoment(text), toBasicMoment(text)]),
    ...valuesOf(query, 'policy').flatMap(toPolicyEnds),
    toCosEnd(query),
  ]);
}

function readQuery(text: string, separator: string | RegExp): Query {
  const values = new Map<string, string[]>();
  for (const pair of text.split(separator)) {
    const [name = '', ...rest] = pair.split('=');
    const key = decode(name).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), decode(rest.join('='))]);
  }
  return values;
}

/** A plus stays one: it stands in offsets and in base64. Text that is not UTF-8 stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function valuesOf(query: Query, name: string): readonly string[] {
  return query.get(name) ?? [];
}

function earliest(ends: readonly (number | null)[]): number | null {
  return ends.reduce((one, other) => {
    if (one === null || other === null) return one ?? other;
    return Math.min(one, other);
  }, null);
}

function toVendorEnd(query: Query, vendor: string): number | null {
  const signedAt = earliest(valuesOf(query, `x-${vendor}-date`).map(toBasicMoment));
  const lifetimeMs = earliest(valuesOf(query, `x-${vendor}-expires`).map(toSeconds));
  return signedAt === null || lifetimeMs === null ? null : signedAt + lifetimeMs;
}

/** Two moments in seconds, with a semicolon between: the signature's time, and its key's. */
function toCosEnd(query: Query): number | null {
  const spans = [...valuesOf(query, 'q-sign-time'), ...valuesOf(query, 'q-key-time')];
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

/** The `exp` of a JWT (RFC 7519, section 4.1.4), which is not checked here. */
function toJwtEnd(text: string): number | null {
  const [, payload] = /^eyJ[\w-]*\.([\w-]+)\.[\w-]*$/.exec(text) ?? [];
  if (payload === undefined) return null;
  try {
    return toEpoch(JSON.parse(Buffer.from(payload, 'base64url').toString())?.exp);
  } catch {
    // no JSON: no JWT
    return null;
  }
}

/** A moment in seconds and a hash, with a line between. */
function toFastlyEnd(token: string): number | null {
  return toEpoch(/^(\d+)_[\da-f]{40,}$/i.exec(token)?.[1]);
}

/** As far as a policy is read here; any member may be missing or of another type. */
interface Policy {
  readonly Statement?: Statement | readonly (Statement | null)[] | null;
}
interface Statement {
  readonly Condition?: { readonly DateLessThan?: { readonly 'AWS:EpochTime'?: unknown } };
}

/** Seconds or milliseconds since the epoch; null for so few that they can only be a lifetime. */
function toEpoch(count: unknown): number | null {
  const [, whole, thousandths] = /^(\d{10,11}?)(\d{3})?$/.exec(String(count)) ?? [];
  return whole === undefined ? null : Number(whole) * 1000 + Number(thousandths ?? 0);
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

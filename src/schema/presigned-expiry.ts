/**
 * When a presigned address is over, in milliseconds since the epoch; null where it does not say so, or
 * is none: S3 and GCS in version 4 (`X-Amz-Date` and `X-Amz-Expires`, `X-Goog-…`), their older form
 * and CloudFront's (`Expires` beside `Signature`), and Azure's shared access signature (`se`, `sig`).
 */
export function toPresignedExpiry(url: URL): number | null {
  const query = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const ends = [
    toEnd(query.get('x-amz-date'), query.get('x-amz-expires')),
    toEnd(query.get('x-goog-date'), query.get('x-goog-expires')),
    query.has('signature') ? toSeconds(query.get('expires')) : null,
    query.has('sig') ? toMoment(query.get('se')) : null,
  ].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** `20260115T093000Z` and a number of seconds. */
function toEnd(date: string | undefined, lifetime: string | undefined): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '');
  const lifetimeMs = toSeconds(lifetime);
  if (parts === null || lifetimeMs === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1);
  const signedAt = toMoment(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return signedAt === null ? null : signedAt + lifetimeMs;
}

function toSeconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,11}$/.test(text) ? Number(text) * 1000 : null;
}

function toMoment(text: string | undefined): number | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
}

import { z } from 'zod';

const said = z.string().trim().min(1).optional().catch(undefined);
const envelope = z.looseObject({
  error_code: said,
  error_message: said,
  error: said,
  message: said,
  reason: said,
});

/** The meaning of an error's text, as one of the sentences CONTRACT 3.3 and 4–8 document. */
export type ErrorReason =
  | 'parameters-missing'
  | 'parameters-invalid'
  | 'credentials-invalid'
  | 'token-invalid'
  | 'flow-not-found'
  | 'not-processable'
  | 'auth-url-unreachable'
  | 'engine-unavailable'
  | 'version-retired'
  | 'unspecified';

/** Says of a token that it is expired or invalid, in either order of the words; also PyJWT's texts. */
const tokenRefusal =
  /\b(?:token|jwt)\b.{0,40}\b(?:expired|invalid|revoked|malformed|not valid)\b|\b(?:expired|invalid|revoked|malformed)\b.{0,40}\b(?:token|jwt)\b|signature (?:has expired|verification failed)/i;

const sentences: readonly [RegExp, ErrorReason][] = [
  [/missing (or empty )?required|missing client-id/i, 'parameters-missing'],
  [/missing or invalid|must be an integer|invalid batch|batch_id/i, 'parameters-invalid'],
  [/invalid client[-_]id|invalid credentials/i, 'credentials-invalid'],
  [tokenRefusal, 'token-invalid'],
  [/flow not found/i, 'flow-not-found'],
  [/normali[sz]/i, 'not-processable'],
  [/auth\w{0,20}[ _]url/i, 'auth-url-unreachable'],
  [/currently unavailable|service unavailable/i, 'engine-unavailable'],
  [/no longer supported/i, 'version-retired'],
];

/** No sentence of Atlas is as long; what is may be anything. */
const mostRead = 2_048;

/**
 * Reads any of the three envelopes (CONTRACT 3.2); what is none of them (empty, HTML, an array) is
 * `unspecified`. Atlas's text stays here: it may quote what the caller sent.
 */
export function readErrorReason(body: unknown): ErrorReason {
  const parsed = envelope.safeParse(body);
  if (!parsed.success) return 'unspecified';
  const { error_code, error_message, error, message, reason } = parsed.data;
  // A code in words (`TOKEN_EXPIRED`) reads as a sentence, too; a status in digits matches none.
  const code = error_code?.replaceAll(/[_-]/g, ' ');
  const texts = [error_message ?? error ?? message, reason, code];
  const text = texts.filter(Boolean).join(' ').slice(0, mostRead);
  return sentences.find(([pattern]) => pattern.test(text))?.[1] ?? 'unspecified';
}

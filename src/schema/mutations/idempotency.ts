import { createHash, createHmac } from 'node:crypto';
import { AtlasError } from '../../atlas/api/errors.ts';
import { isRawNumber } from '../../atlas/json/raw-number.ts';
import type { Reconciliation } from '../../store/services/idempotent-call.ts';
import type { KeyRecord } from '../../store/store.ts';
import type { Operation } from '../operation/context.ts';
import { OutcomeUnknownError } from '../operation/errors.ts';
import type { ServiceName } from '../operation/service-name.ts';
import type { InputCheck } from '../user-error.ts';

/** The argument of every mutation that must not be done twice, as its inputs describe it. */
export const idempotencyKeyDescription =
  'A key of your own that identifies this request, 1 to 255 characters, kept for 24 hours. Requests with the same input and the same key are executed once: a repeat gets the first result, and a concurrent repeat waits for it. While the outcome of the first attempt is unknown, Atlas is not called again under the key.';

/** A mutation that must not be done twice. */
export interface Once<Result> {
  readonly field: 'createFlow' | 'uploadDocuments' | 'createBatch';
  /** The Atlas service that the write goes to, for errors. */
  readonly service: ServiceName;
  readonly input: { readonly idempotencyKey?: string | null | undefined };
  /** The reference of the attempt. */
  readonly reference: string;
  /** Asks Atlas, and writes down what it answered. Null: nothing was done. */
  readonly attempt: () => Promise<Result | null>;
  /** Looks what became of an attempt whose answer was lost. */
  readonly reconcile: (lost: KeyRecord) => Promise<Reconciliation<Result>>;
  /** Advice for a lost answer: the possible outcome and how to find out, with and without a key. */
  readonly advice: { readonly withKey: string; readonly withoutKey: string };
}

/** Checks the key of an input, if it has one. */
export function checkIdempotencyKey(
  check: InputCheck,
  { input }: Pick<Once<unknown>, 'input'>,
): void {
  if (input.idempotencyKey != null) check.text(['idempotencyKey'], input.idempotencyKey);
}

/**
 * Does a mutation, under its key if it has one. Null: it was not done, and `check` may say why. Throws
 * an OutcomeUnknownError with what to do when nobody can say whether it was done.
 */
export async function doOnce<Result>(
  operation: Operation,
  check: InputCheck,
  once: Once<Result>,
): Promise<Result | null> {
  const { field, service, input, reference, attempt, reconcile, advice } = once;
  const { idempotencyKey, ...body } = input;
  if (idempotencyKey == null) {
    return await attempt().catch((error: unknown) => {
      throw toLost(error, advice.withoutKey, service);
    });
  }
  const [first, ...older] = operation.secrets.map((secret) => hashOf(secret, body));
  if (first === undefined) throw new Error('there is no secret to hash with');
  const outcome = await operation
    .runIdempotently({
      tenantId: operation.tenant.id,
      // A key may be made of anything, and is not kept as it is.
      name: { field, key: createHash('sha256').update(idempotencyKey).digest('base64url') },
      bodyHashes: [first, ...older],
      reference,
      attempt,
      reconcile,
      isNotApplied: (error) => error instanceof AtlasError && !isLost(error),
    })
    .catch((error: unknown) => {
      throw toLost(error, advice.withKey, service);
    });
  if (outcome.kind === 'done') return outcome.result;
  if (outcome.kind === 'unknown') throw new OutcomeUnknownError(advice.withKey, service);
  if (outcome.kind === 'other-body') {
    check.add(
      'IDEMPOTENCY_KEY_REUSED',
      ['idempotencyKey'],
      'idempotencyKey was used for another input in the last 24 hours: repeat that one as it was, file addresses too, or use a new key.',
    );
  }
  return null;
}

/** The error to throw for a failed attempt: with advice where its answer was lost, else as it is. */
function toLost(error: unknown, advice: string, service: ServiceName): unknown {
  return isLost(error) ? new OutcomeUnknownError(advice, service, { cause: error }) : error;
}

/**
 * Whether the answer to a write was lost. A token that could not be had is another failure: then the
 * write was not sent.
 */
function isLost(error: unknown): boolean {
  return error instanceof AtlasError && error.failure === 'outcome-unknown';
}

/** Bodies hold addresses with signatures: only a keyed hash of one is kept. */
function hashOf(secret: string, body: object): string {
  return createHmac('sha256', `idempotency ${secret}`)
    .update(toCanonical(body))
    .digest('base64url');
}

/** The same JSON for the same input, in whatever order its members came; what is null is left out. */
function toCanonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    if (isRawNumber(member)) return member;
    const entries = Object.entries(member).filter(([, each]) => each != null);
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}

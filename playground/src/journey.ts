/** The values that one operation leaves for the next. */
export interface Journey {
  readonly applicationId: string;
  /** The flow that was opened last; null before the first. */
  readonly flowUuid: string | null;
  /** The batch that was submitted last; null before the first. */
  readonly batchId: string | null;
  /** The token of the flow grant that was issued last; null before the first. */
  readonly grant: string | null;
  /** The idempotency key of the operation that is sent twice. */
  readonly idempotencyKey: string;
  /** True if files were uploaded to the flow. */
  readonly hasFiles: boolean;
}

/** A journey for a loan application of which nothing was done yet. */
export function beginJourney(applicationId: string, idempotencyKey: string): Journey {
  return {
    applicationId,
    flowUuid: null,
    batchId: null,
    grant: null,
    idempotencyKey,
    hasFiles: false,
  };
}

/** The journey after an answer: ids and tokens in its `data` replace those from before. */
export function learn(journey: Journey, data: unknown): Journey {
  const flowUuid = textAt(data, 'createFlow', 'flow', 'uuid');
  if (flowUuid !== null) return { ...journey, flowUuid, grant: null, hasFiles: false };
  const batchId = textAt(data, 'createBatch', 'batch', 'batchId');
  if (batchId !== null) return { ...journey, batchId };
  const grant = textAt(data, 'issueFlowGrant', 'token');
  if (grant !== null) return { ...journey, grant };
  const uploaded = memberOf(memberOf(data, 'uploadDocuments'), 'documents');
  return Array.isArray(uploaded) ? { ...journey, hasFiles: true } : journey;
}

/** The `applicationId` that variables of `createFlow` name; null where there is none. */
export function applicationIdIn(variables: unknown): string | null {
  return textAt(variables, 'input', 'applicationId');
}

function textAt(value: unknown, ...names: readonly string[]): string | null {
  const found = names.reduce(memberOf, value);
  return typeof found === 'string' ? found : null;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** All that a span may say: names, numbers and words of our own, never a value. */
export interface SpanFields {
  readonly tenant?: string | undefined;
  readonly requestId?: string | undefined;
  readonly transport?: string | undefined;
  readonly kind?: string | undefined;
  /** At most 64 letters, digits and underscores, as in the log. */
  readonly operationName?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly status?: number | undefined;
  readonly outcome?: string | undefined;
  readonly code?: string | undefined;
}

/** Under which name each is exported: those that OpenTelemetry knows under its own. */
export const attributeNames: Readonly<Record<keyof SpanFields, string>> = {
  tenant: 'atlas_gateway.tenant',
  requestId: 'atlas_gateway.request_id',
  transport: 'atlas_gateway.transport',
  kind: 'graphql.operation.type',
  operationName: 'graphql.operation.name',
  endpoint: 'atlas_gateway.endpoint',
  status: 'http.response.status_code',
  outcome: 'atlas_gateway.outcome',
  code: 'error.type',
};

/** The attributes of a span; what is not on the list, or not known, is left out. */
export function toAttributes(fields: SpanFields): Record<string, string | number> {
  const attributes: Record<string, string | number> = {};
  for (const [field, name] of Object.entries(attributeNames)) {
    const value = fields[field as keyof SpanFields]; // the table has the names of the fields
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

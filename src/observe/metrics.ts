/** The definition of a metric. */
export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

/** Up to the fifteen seconds after which Atlas is not waited for any more, unless told otherwise. */
const answerBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const lagBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/**
 * All that is measured, a row each. Every label has a closed list of values: tenants are those of
 * the configuration, all others are words of our own. A value that a caller can choose, such as an
 * operation's name, is no label, or strangers could fill the memory of the metrics server.
 */
export const metrics = {
  atlas_gateway_build_info: {
    type: 'gauge',
    help: 'The version and the commit of the process; the value is always 1.',
    labels: ['version', 'commit'],
  },
  atlas_gateway_requests_total: {
    type: 'counter',
    help: 'GraphQL requests, counted when they are answered; a subscription is counted with its first result. type is unknown if the operation was not read, tenant is empty if the caller was not authenticated.',
    labels: ['tenant', 'transport', 'type', 'outcome'],
  },
  atlas_gateway_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of an operation to its answer; of a subscription, to its first result.',
    labels: ['transport', 'type', 'outcome'],
    buckets: answerBuckets,
  },
  atlas_gateway_errors_total: {
    type: 'counter',
    help: 'Errors in results, by extensions.code; an error that several clients receive counts once for each.',
    labels: ['tenant', 'transport', 'code'],
  },
  atlas_gateway_subscriptions: {
    type: 'gauge',
    help: 'Open subscriptions.',
    labels: [],
  },
  atlas_gateway_connections: {
    type: 'gauge',
    help: 'Open long-lived connections: WebSockets and streams of Server-Sent Events.',
    labels: ['transport'],
  },
  atlas_gateway_watchers: {
    type: 'gauge',
    help: 'Flows and batches that are watched; each counts once, whatever the number of its readers.',
    labels: ['kind'],
  },
  atlas_gateway_poll_lag_seconds: {
    type: 'histogram',
    help: 'Delay of a poll of Atlas: from the time at which it was due until it was answered, failed attempts included.',
    labels: ['kind'],
    buckets: lagBuckets,
  },
  atlas_gateway_callback_lag_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of a callback of Atlas to the state that was then read; only for flows and batches with a reader.',
    labels: ['kind'],
    buckets: lagBuckets,
  },
  atlas_gateway_callbacks_total: {
    type: 'counter',
    help: 'Callbacks of Atlas that were accepted.',
    labels: [],
  },
  atlas_gateway_atlas_calls_total: {
    type: 'counter',
    help: 'Requests to Atlas by endpoint and outcome; each attempt of a call counts.',
    labels: ['tenant', 'endpoint', 'outcome'],
  },
  atlas_gateway_atlas_call_duration_seconds: {
    type: 'histogram',
    help: 'Duration of a request to Atlas.',
    labels: ['endpoint'],
    buckets: answerBuckets,
  },
  atlas_gateway_atlas_retries_total: {
    type: 'counter',
    help: 'Retries of failed calls to Atlas, by reason; with the outcome refused, the retry budget was used up and no retry was made.',
    labels: ['tenant', 'endpoint', 'reason', 'outcome'],
  },
  atlas_gateway_atlas_short_circuits_total: {
    type: 'counter',
    help: 'Calls that were not made because the circuit breaker is open.',
    labels: ['tenant', 'endpoint'],
  },
  atlas_gateway_atlas_breaker_state: {
    type: 'gauge',
    help: 'The worst state among the circuit breakers of a service: 0 closed, 1 half open, 2 open.',
    labels: ['tenant', 'service'],
  },
  atlas_gateway_atlas_queue: {
    type: 'gauge',
    help: 'Calls to Atlas that wait for a permit, by priority (the label lane).',
    labels: ['lane'],
  },
  atlas_gateway_store_up: {
    type: 'gauge',
    help: '1 if the shared store can be reached, 0 while this process works without it. Always 1 for a single process.',
    labels: [],
  },
  atlas_gateway_store_waiting_writes: {
    type: 'gauge',
    help: 'Writes that wait until the shared store can be reached again.',
    labels: [],
  },
  atlas_gateway_register_failing: {
    type: 'gauge',
    help: 'Whether the file of the register can not be written: 1, or 0. Always 0 without a file.',
    labels: [],
  },
  atlas_gateway_audit_failures_total: {
    type: 'counter',
    help: 'Writes of the audit that failed; the personal data of each was not shown.',
    labels: [],
  },
  atlas_gateway_key_remaining_days: {
    type: 'gauge',
    help: 'Days until the last API key of a name expires, below 0 where it has; a name with a key that never expires has no series.',
    labels: ['tenant', 'key'],
  },
  atlas_gateway_token_renewals_total: {
    type: 'counter',
    help: 'Requests for an access token of Atlas, by service and outcome.',
    labels: ['tenant', 'service', 'outcome'],
  },
  atlas_gateway_drift_total: {
    type: 'counter',
    help: "Parts of Atlas's answers that its documentation does not describe, by kind.",
    labels: ['kind'],
  },
} as const satisfies Record<string, MetricRow>;

type Metrics = typeof metrics;
/** The name of a metric. */
export type MetricName = keyof Metrics;
/** The names of the metrics of one type. */
export type MetricNameOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: Metrics[Name]['type'] extends Type ? Name : never;
}[MetricName];
/** The values of a metric's labels, in the order of its row. */
export type LabelValues<Name extends MetricName> = Words<Metrics[Name]['labels']>;
type Words<Labels extends readonly string[]> = { readonly [Index in keyof Labels]: string };

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
    help: 'Requests to the graph, counted when they are answered; a subscription with its first result. type is unknown where nothing was read of it, tenant is empty where the caller is nobody.',
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
    help: 'Errors that clients were told, each once for each client, by extensions.code.',
    labels: ['tenant', 'transport', 'code'],
  },
  atlas_gateway_subscriptions: {
    type: 'gauge',
    help: 'Subscriptions that are open.',
    labels: [],
  },
  atlas_gateway_connections: {
    type: 'gauge',
    help: 'Open connections that stay: WebSockets, and streams of Server-Sent Events.',
    labels: ['transport'],
  },
  atlas_gateway_watchers: {
    type: 'gauge',
    help: 'Flows and batches that are watched, each once however many read it.',
    labels: ['kind'],
  },
  atlas_gateway_poll_lag_seconds: {
    type: 'histogram',
    help: 'How late a look at Atlas told its state: from when it was due until there was an answer, over all tries that failed between.',
    labels: ['kind'],
    buckets: lagBuckets,
  },
  atlas_gateway_callback_lag_seconds: {
    type: 'histogram',
    help: 'Time from the arrival of a callback of Atlas to the state that followed it, where somebody watches.',
    labels: ['kind'],
    buckets: lagBuckets,
  },
  atlas_gateway_callbacks_total: {
    type: 'counter',
    help: 'Callbacks of Atlas for flows that were taken.',
    labels: [],
  },
  atlas_gateway_atlas_calls_total: {
    type: 'counter',
    help: 'Requests to Atlas, each try by itself, by endpoint and outcome.',
    labels: ['tenant', 'endpoint', 'outcome'],
  },
  atlas_gateway_atlas_call_duration_seconds: {
    type: 'histogram',
    help: 'Time that Atlas took for a request.',
    labels: ['endpoint'],
    buckets: answerBuckets,
  },
  atlas_gateway_atlas_retries_total: {
    type: 'counter',
    help: 'Calls to Atlas that failed and were made again, by reason; refused: there were too many of them, and they were left.',
    labels: ['tenant', 'endpoint', 'reason', 'outcome'],
  },
  atlas_gateway_atlas_short_circuits_total: {
    type: 'counter',
    help: 'Calls that were not made, because the breaker is open.',
    labels: ['tenant', 'endpoint'],
  },
  atlas_gateway_atlas_breaker_state: {
    type: 'gauge',
    help: 'The worst breaker of a service: 0 closed, 1 half open, 2 open.',
    labels: ['tenant', 'service'],
  },
  atlas_gateway_atlas_queue: {
    type: 'gauge',
    help: 'Calls that wait for a place on the way to Atlas.',
    labels: ['lane'],
  },
  atlas_gateway_store_up: {
    type: 'gauge',
    help: 'Whether the store that processes share can be reached: 1, or 0 while this one goes on by itself. Always 1 where the process is alone.',
    labels: [],
  },
  atlas_gateway_store_waiting_writes: {
    type: 'gauge',
    help: 'Writes that wait until the store that processes share can be reached again.',
    labels: [],
  },
  atlas_gateway_token_renewals_total: {
    type: 'counter',
    help: 'Tokens asked of Atlas, by service and by whether one was given.',
    labels: ['tenant', 'service', 'outcome'],
  },
  atlas_gateway_drift_total: {
    type: 'counter',
    help: 'Parts of answers that the documentation of Atlas does not describe.',
    labels: ['kind'],
  },
} as const satisfies Record<string, MetricRow>;

type Metrics = typeof metrics;
export type MetricName = keyof Metrics;
export type MetricNameOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: Metrics[Name]['type'] extends Type ? Name : never;
}[MetricName];
/** The values of a metric's labels, in the order of its row. */
export type LabelValues<Name extends MetricName> = Words<Metrics[Name]['labels']>;
type Words<Labels extends readonly string[]> = { readonly [Place in keyof Labels]: string };

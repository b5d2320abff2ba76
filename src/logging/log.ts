import type { DestinationStream } from 'pino';
import { createLineTimes } from './line-times.ts';

/** The log levels, the most severe first. */
export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
/** The least severe level that is logged; `silent` logs nothing. */
export type LogLevel = (typeof logLevels)[number];

/** All that a log line may hold: names, numbers and words of our own, never a value. */
export interface LogFields {
  readonly requestId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly tenant?: string | undefined;
  readonly transport?: 'http' | 'sse' | 'multipart' | 'ws' | undefined;
  readonly route?: string | undefined;
  readonly method?: string | undefined;
  readonly lane?: 'plain' | 'yoga' | undefined;
  readonly status?: number | undefined;
  readonly operation?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly atlasCalls?: number | undefined;
  readonly atlasCoalesced?: number | undefined;
  readonly endpoint?: string | undefined;
  readonly outcome?: string | undefined;
  readonly tries?: number | undefined;
  readonly service?: string | undefined;
  readonly kind?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly drift?: string | undefined;
  readonly count?: number | undefined;
  readonly limit?: string | undefined;
  readonly figure?: number | undefined;
  readonly most?: number | undefined;
  readonly signal?: string | undefined;
  readonly version?: string | undefined;
  readonly commit?: string | undefined;
  readonly url?: string | undefined;
  readonly error?: string | undefined;
  readonly stack?: string | undefined;
}

const allowed: Readonly<Record<keyof LogFields, true>> = {
  requestId: true,
  traceparent: true,
  tenant: true,
  transport: true,
  route: true,
  method: true,
  lane: true,
  status: true,
  operation: true,
  durationMs: true,
  atlasCalls: true,
  atlasCoalesced: true,
  endpoint: true,
  outcome: true,
  tries: true,
  service: true,
  kind: true,
  from: true,
  to: true,
  drift: true,
  count: true,
  limit: true,
  figure: true,
  most: true,
  signal: true,
  version: true,
  commit: true,
  url: true,
  error: true,
  stack: true,
};

type Write = (message: string, fields?: LogFields) => void;

/** The structured log. */
export interface Log {
  readonly error: Write;
  readonly warn: Write;
  readonly info: Write;
  readonly debug: Write;
}

/** One JSON line an event; a field that is not on the list is left out. */
export function createLog(level: LogLevel, destination: DestinationStream): Log {
  const toTime = createLineTimes();
  const isOn = (severity: LogLevel) =>
    level !== 'silent' && logLevels.indexOf(severity) <= logLevels.indexOf(level);
  const writeAt = (severity: 'error' | 'warn' | 'info' | 'debug'): Write => {
    if (!isOn(severity)) return () => {};
    return (message, fields = {}) => {
      const members = JSON.stringify(pick(fields)).slice(1, -1);
      const between = members === '' ? '' : `,${members}`;
      destination.write(
        `{"level":"${severity}","time":"${toTime()}"${between},"msg":${JSON.stringify(message)}}\n`,
      );
    };
  };
  return {
    error: writeAt('error'),
    warn: writeAt('warn'),
    info: writeAt('info'),
    debug: writeAt('debug'),
  };
}

/** Returns the fields that may be logged; nearly always these are all, and no copy is made. */
function pick(fields: LogFields): LogFields {
  let isClean = true;
  for (const name in fields) isClean &&= name in allowed;
  if (isClean) return fields;
  const picked: Record<string, unknown> = {};
  let name: keyof LogFields;
  for (name in fields) if (name in allowed) picked[name] = fields[name];
  return picked;
}

/** The name and the places of an error, without its message, which may quote anything. */
export function toErrorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: 'not an Error' };
  const places = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return { error: error.name, stack: places?.slice(0, 12).join('\n') };
}

import type { Config } from '../config/config.ts';

/** How a finding is to be taken: a `fault` makes the check end with 1. */
export type Severity = 'ok' | 'warn' | 'fault';

/** One line of the report: words of the gateway's own and names, never a value. */
export interface Finding {
  readonly severity: Severity;
  readonly text: string;
}

/** The configuration and the environment of a check. */
export interface CheckContext {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The address of a blackbox_exporter outside, such as `https://probe.example/probe`. */
  readonly probeUrl: string | undefined;
  readonly signal: AbortSignal;
}

/** One part of the check. It reports failures as findings and rejects only for a fault of its own. */
export type Check = (context: CheckContext) => Promise<readonly Finding[]>;

/** A finding that needs no action. */
export const ok = (text: string): Finding => ({ severity: 'ok', text });
/** A finding that the operator should look at. */
export const warn = (text: string): Finding => ({ severity: 'warn', text });
/** A finding that makes the check fail. */
export const fault = (text: string): Finding => ({ severity: 'fault', text });

/** How long one request of a check may take, in milliseconds. */
const requestMs = 10_000;

/** Sends one request without following redirects; null where no answer comes in ten seconds. */
export async function request(
  url: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Response | null> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestMs)]);
  try {
    return await fetch(url, { redirect: 'manual', ...init, signal: limit });
  } catch {
    return null;
  }
}

/** Returns the text of a response; null where it breaks off or is longer than a megabyte. */
export async function readText(response: Response): Promise<string | null> {
  const most = 1_048_576;
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length > most) return null;
    }
    return text;
  } catch {
    return null;
  }
}

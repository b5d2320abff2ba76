import { limitAttempt } from './attempt-limit.ts';
import { waitText } from './flow.ts';
import { type HttpOptions, post, readResult } from './http.ts';
import type { FlowResult, Transport } from './transport.ts';
import type { Wake } from './wake.ts';

export interface WaitOptions extends HttpOptions {
  readonly wake: Wake;
  readonly heartbeatMs: number;
}

/**
 * One `waitForFlow`, which works wherever a request does. The gateway answers after half a heartbeat
 * at the latest; without a response after one more, the request is given up.
 */
export function createWaitTransport(options: WaitOptions): Transport {
  const { wake, heartbeatMs } = options;

  return async ({ uuid, select, signal, onOpen, onResult }) => {
    const limit = limitAttempt(signal, wake, heartbeatMs * 1.5);
    try {
      const variables = { uuid, timeoutMs: Math.round(heartbeatMs / 2) };
      const operation = { query: waitText(select), variables };
      const posted = await post(options, 'application/json', operation, limit.signal);
      const result: FlowResult = await readResult(posted);
      onOpen();
      onResult(result, posted.token);
    } catch (failure) {
      if (!limit.signal.aborted) throw failure;
    } finally {
      limit.end();
    }
  };
}

import { networkError } from './atlas-error.ts';
import { limitAttempt } from './attempt-limit.ts';
import { subscriptionText } from './flow.ts';
import { type HttpOptions, post, readResult } from './http.ts';
import type { FlowResult, Transport } from './transport.ts';
import type { Wake } from './wake.ts';

export interface StreamOptions extends HttpOptions {
  readonly wake: Wake;
  readonly heartbeatMs: number;
}

/**
 * A flow over Server-Sent Events, for networks without WebSocket. A client cannot ping over SSE, so a
 * stream that does not begin within a heartbeat, or on which nothing was received for two, is given
 * up, and the next one goes on from the newest version.
 */
export function createStreamTransport(options: StreamOptions): Transport {
  const { wake, heartbeatMs } = options;

  return async ({ uuid, after, select, signal, onOpen, onResult }) => {
    const limit = limitAttempt(signal, wake, heartbeatMs);
    try {
      const operation = { query: subscriptionText(select), variables: { uuid, after } };
      const posted = await post(options, 'text/event-stream', operation, limit.signal);
      const { response, token } = posted;
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        onResult(await readResult(posted), token);
        return;
      }
      const reader = response.body?.getReader();
      if (!reader) throw networkError('This fetch cannot read a response as a stream');
      const decoder = new TextDecoder();
      let text = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        onOpen();
        limit.extend(heartbeatMs * 2);
        const messages = (text + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
        text = messages.pop() ?? '';
        for (const message of messages) {
          if (/^event: ?complete/m.test(message)) return;
          const data = /^data: ?(.+)/m.exec(message)?.[1];
          if (data !== undefined) onResult(JSON.parse(data) as FlowResult, token);
        }
      }
    } catch (failure) {
      if (!limit.signal.aborted) throw failure;
    } finally {
      limit.end();
    }
  };
}

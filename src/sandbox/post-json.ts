import http from 'node:http';
import https from 'node:https';

const maxAnswerBytes = 64 * 1024;

/**
 * Posts JSON and answers with status and text. No connection is kept, so none can outlive the
 * sandbox. Rejects when there is no answer, when it is over 64 KiB, or when `signal` says so.
 */
export async function postJson(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const json = JSON.stringify(body);
  const request = (new URL(url).protocol === 'https:' ? https : http).request(
    url,
    {
      method: 'POST',
      agent: false,
      signal,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(json),
        ...headers,
      },
    },
    resolve,
  );
  request.on('error', reject);
  request.end(json);
  const response = await promise;
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk;
    if (text.length > maxAnswerBytes) throw new Error('the answer is too large');
  }
  return { status: response.statusCode ?? 0, text };
}

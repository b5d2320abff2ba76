import { type Arrival, sendWhole } from '../http/http.ts';
import type { Sent } from '../http/operation-params.ts';
import type { Asked } from '../operation/asked.ts';
import type { Graph } from '../operation/graph.ts';

/**
 * Answers an operation whole, as GraphQL over HTTP has it: Yoga finds the form and the status. Only
 * its answer is taken; what goes over the socket is written here.
 */
export async function answerWhole(
  graph: Graph,
  arrival: Arrival,
  asked: Asked,
  { text, given }: Sent,
): Promise<void> {
  const { request, response } = arrival;
  arrival.lane = 'yoga';
  const yoga = await graph.loadYoga();
  const { Request } = yoga.fetchAPI;
  // What is no JSON object is left to Yoga to read, and so is a query string.
  const isRead = text !== null && typeof given === 'object' && given !== null;
  const answer = await yoga.handleRequest(
    new Request(`http://localhost${request.url}`, {
      method: request.method ?? 'GET',
      // Node has one text for all headers but a few, of which none is read here.
      headers: request.headers as Record<string, string>,
      ...(text === null || isRead ? {} : { body: text }),
    }),
    { asked, ...(isRead ? { given } : {}) },
  );
  const body = await answer.text();
  if (response.destroyed) return;
  const headers = {
    'content-length': Buffer.byteLength(body),
    // Yoga's headers keep the case that they were set in; ours have one.
    ...Object.fromEntries([...answer.headers].map(([name, value]) => [name.toLowerCase(), value])),
  };
  sendWhole(arrival, answer.status, headers, body);
}

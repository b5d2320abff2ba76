import { createServer, type ServerResponse } from 'node:http';
import { listen } from '../listen.ts';
import { serveDuties } from '../processes.ts';
import { statusUnderWay, toExtracts, toStatus, underWay, variants } from './papers.ts';
import { readWhole } from './whole-body.ts';

/**
 * Atlas at its fastest, in a process of its own: answers kept as bytes, nothing looked up. It knows
 * every flow: the uuid `LOS-6-…-4` has six documents and the fourth set of values.
 */
const token = 'bench.token.of-upstream';
const tokenAnswer = toBytes({ access_token: token, expires_in: 3600 });
const refusal = toBytes({ error: 'Invalid token' });
const statuses = Array.from({ length: variants }, (_, variant) => toBytes(toStatus(variant)));
const goesOn = toBytes(statusUnderWay);
const extracts = new Map<string, Buffer>();
let delayMs = 0;

const server = createServer((request, response) => {
  const { url = '', method } = request;
  if (method === 'POST' && url === '/v1/address/match/batch') {
    readWhole(request, (text) => send(response, 200, match(text)));
    return;
  }
  request.resume();
  if (method === 'POST' && url.endsWith('/authtoken')) send(response, 201, tokenAnswer);
  else if (request.headers.token !== token) send(response, 401, refusal);
  else if (url.startsWith('/v3/verification/status?')) send(response, 200, statusOf(url));
  else if (url.startsWith('/v3/verification/extracts?')) send(response, 200, extractsOf(url));
  else send(response, 404, refusal);
});
server.keepAliveTimeout = 600_000;

function statusOf(url: string): Buffer {
  return url.includes(underWay) ? goesOn : (statuses[Number(url.at(-1))] ?? refusal);
}

function extractsOf(url: string): Buffer {
  const documents = /=LOS-(\d+)-/.exec(url)?.[1] ?? '0';
  const variant = url.at(-1) ?? '0';
  const key = `${documents} ${variant}`;
  const answer = extracts.get(key) ?? toBytes(toExtracts(Number(documents), Number(variant)));
  extracts.set(key, answer);
  return answer;
}

function match(text: string): Buffer {
  const { source_address, target_addresses } = JSON.parse(text);
  const matches = target_addresses.map((target: { address: string; index: number }) => ({
    source_address,
    target_address: target.address,
    index: target.index,
    similarity_score: 50 + (target.address.length % 50) + 0.5,
    same_person_score: target.address.length % 11,
    error_code: '',
  }));
  return toBytes({ match_data: matches });
}

function send(response: ServerResponse, status: number, body: Buffer): void {
  const answer = () => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  };
  if (delayMs === 0) answer();
  else setTimeout(answer, delayMs);
}

function toBytes(answer: object): Buffer {
  return Buffer.from(JSON.stringify(answer));
}

export type UpstreamDuties = typeof duties;

const duties = {
  /** Answers where it listens. */
  listen: () => listen(server),
  /** How long it waits before each answer, from here on. */
  setDelay(ms: number): void {
    delayMs = ms;
  },
};

serveDuties(duties);

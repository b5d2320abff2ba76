import { type HttpResponse, TransportError } from '../../../src/atlas/transport/http-exchange.ts';
import type { Transport } from '../../../src/atlas/transport/transport.ts';

/** How Atlas behaves towards one question. */
export type Behaviour = 'answer' | 'unavailable' | 'unauthorized' | 'absent' | 'hang up';

/** The marks of the answers to one tenant. */
export interface Stamp {
  readonly tenantId: string;
  /** Of a status. */
  readonly crossCheck: 'PENDING' | 'IN_PROGRESS';
  /** Of a score, and of how many there are of something. */
  readonly count: number;
}

export const stamps: readonly [Stamp, Stamp] = [
  { tenantId: 'acme', crossCheck: 'PENDING', count: 1 },
  { tenantId: 'bolt', crossCheck: 'IN_PROGRESS', count: 2 },
];

interface Question {
  readonly tenantId: string;
  readonly settle: (behaviour: Behaviour) => void;
}

/**
 * An Atlas in which both tenants have things of the same names. Each answer is stamped with the
 * tenant whose credentials or token came with the question, and waits until it is given.
 */
export function createTwoAtlases() {
  const waiting: Question[] = [];
  const ended = new Set<string>();
  const lost = new Set<string>();
  let issued = 0;

  function ownerOf(headers: Readonly<Record<string, string>>): Stamp {
    const proof = headers.Token ?? headers['Client-Id'] ?? headers.client_id ?? '';
    const stamp = stamps.find(({ tenantId }) => proof.startsWith(tenantId));
    if (stamp === undefined) throw new Error('nobody asks');
    return stamp;
  }

  function bodyFor(path: string, sent: string | null, stamp: Stamp): unknown {
    const { tenantId, crossCheck, count } = stamp;
    const url = new URL(path, 'http://atlas.invalid');
    const documents = Array.from({ length: count }, (_, place) => ({
      document_id: `${tenantId}-${place}`,
      document_type: 'PAN',
      name_as_per_pan: { value: tenantId, confidence_score: 1 },
    }));
    if (/token/.test(url.pathname)) {
      issued += 1;
      return { access_token: `${tenantId}-token-${issued}`, expires_in: 600 };
    }
    if (/status/.test(url.pathname)) {
      const isEnded = ended.has(`${tenantId} ${url.searchParams.get('flow_uuid')}`);
      return {
        master_status: isEnded ? 'SUCCESS' : 'IN_PROGRESS',
        upload_status: 'SUCCESS',
        processing_status: 'IN_PROGRESS',
        crossheck_status: crossCheck,
      };
    }
    if (/match/.test(url.pathname)) {
      const { target_addresses } = JSON.parse(sent ?? '{}');
      return {
        match_data: target_addresses.map(({ index }: { index: number }) => ({
          index,
          similarity_score: count,
          same_person_score: count,
        })),
      };
    }
    if (/bulk|docstream/.test(url.pathname)) {
      return { data: documents, total_items: count, has_next: false };
    }
    return { ocr_data: documents, cross_checks: [] };
  }

  const transport: Transport = {
    send({ path, headers, body }) {
      const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
      const stamp = ownerOf(headers);
      const answerWith = (status: number, said: unknown) =>
        resolve({ status, retryAfter: undefined, body: JSON.stringify(said) });
      const settle = (behaviour: Behaviour) => {
        if (behaviour === 'answer') answerWith(200, bodyFor(path, body, stamp));
        else if (behaviour === 'unavailable') answerWith(503, { error: 'no' });
        else if (behaviour === 'unauthorized') answerWith(401, { error: 'no' });
        else if (behaviour === 'absent') answerWith(409, { error: 'flow not found' });
        else reject(new TransportError(false, false, undefined));
      };
      const isLost = lost.has(stamp.tenantId);
      if (isLost) settle(/token/.test(path) ? 'answer' : 'unavailable');
      else waiting.push({ tenantId: stamp.tenantId, settle });
      return { response: promise, abort: () => {} };
    },
    forget: () => {},
    close: async () => {},
  };

  return {
    transport,
    countWaiting: () => waiting.length,
    /** Leaves all that waits without an answer. */
    drop: () => void waiting.splice(0),
    /** Settles one of the questions that wait, counted round; answers whose it was. */
    settle(place: number, behaviour: Behaviour): string | undefined {
      if (waiting.length === 0) return undefined;
      const [question] = waiting.splice(place % waiting.length, 1);
      question?.settle(behaviour);
      return question?.tenantId;
    },
    /** Has nothing but tokens for one tenant, at once, until it is over. */
    lose(tenantId: string): () => void {
      lost.add(tenantId);
      return () => void lost.delete(tenantId);
    },
    /** Has a flow of one tenant end, and not the other's of that name. */
    end: (tenantId: string, uuid: string) => void ended.add(`${tenantId} ${uuid}`),
  };
}

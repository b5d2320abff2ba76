import {
  type EndpointInput,
  type EndpointName,
  endpointRow,
  endpoints,
} from '../atlas/api/endpoints.ts';
import { toFileName } from './documents.ts';
import type { Fault } from './fault-queue.ts';
import { createPlay, type Play } from './play.ts';
import type { World } from './world.ts';

/** A call as it came, before anything was done about it. */
export interface ArrivedCall {
  readonly name: EndpointName;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The JSON of the body, if it is any. */
  readonly body: unknown;
}

/**
 * Tells how a call goes wrong for the sake of a story, null where it does not. Only calls that the
 * subject's own client makes, with credentials that count, have a part in it.
 */
export function createStoryFaults(
  world: Pick<World, 'tokens' | 'flows' | 'bulk' | 'docstream' | 'isClient'>,
): (call: ArrivedCall) => Fault | null {
  const { tokens, flows, bulk, docstream } = world;
  /** Address matches have nothing that they belong to: what was begun, by client and application. */
  const matches = new Map<string, Play>();

  function next(call: ArrivedCall): Fault | null {
    const { name, headers } = call;
    const { service } = endpointRow(name);
    if (service === 'address') return nextOfMatch(call);
    const clientId = tokens.find(service, headers.token);
    const play = clientId === null ? null : playOf(call, clientId);
    return play?.nextFault({ name, token: headers.token }) ?? null;
  }

  function playOf({ name, query, body }: ArrivedCall, clientId: string): Play | null {
    switch (name) {
      case 'uploadToFlow': {
        const { data: upload } = endpoints.uploadToFlow.input.safeParse(body);
        return flows.peek(clientId, upload?.flow_uuid)?.play ?? null;
      }
      case 'flowStatus':
      case 'flowExtracts': {
        const flow = flows.peek(clientId, query.flow_uuid);
        return flow !== null && flow.files.length > 0 ? flow.play : null;
      }
      case 'uploadBulk':
      case 'uploadDocstream': {
        const { data: upload } = endpoints[name].input.safeParse(body);
        return createPlay('batch', fileNamesOf(upload?.file_urls ?? []));
      }
      case 'bulkExtracts':
        return bulk.playOf(clientId, query.batch_id);
      case 'docstreamExtracts':
        return docstream.playOf(clientId, query.batch_id);
      default:
        return null;
    }
  }

  /** The first match of an application that goes well ends the story: the next one begins it anew. */
  function nextOfMatch({ name, headers, body }: ArrivedCall): Fault | null {
    const { client_id: clientId, client_secret: clientSecret } = headers;
    const { data: match } = endpoints.matchAddresses.input.safeParse(body);
    if (match === undefined || !world.isClient(clientId, clientSecret)) return null;
    const key = JSON.stringify([clientId, match.application_id]);
    const play = matches.get(key) ?? createPlay('address match', [match.application_id]);
    const fault = play.nextFault({ name, token: undefined });
    if (fault === null) matches.delete(key);
    else matches.set(key, play);
    return fault;
  }

  return next;
}

function fileNamesOf(files: EndpointInput<'uploadBulk'>['file_urls']): string[] {
  return files.map(({ file_url }) => toFileName(file_url));
}

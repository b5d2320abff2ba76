import { Pool } from 'undici';
import type { WireExtracts, WireStatus } from '../http/papers.ts';

/** More sockets to the upstream than the gateway opens. */
const connections = 256;

export interface AddressesToMatch {
  readonly applicationId: string;
  readonly source: string;
  readonly targets: readonly string[];
}

export interface WireMatch {
  readonly source_address: string;
  readonly target_address: string;
  readonly index: number;
  readonly similarity_score: number | null;
  readonly same_person_score: number | null;
  readonly error_code: string;
}

/** The upstream as a program of few lines calls it: a pool, one token, and trust in the answers. */
export interface BareAtlas {
  status(flowUuid: string): Promise<WireStatus>;
  extracts(flowUuid: string): Promise<WireExtracts>;
  match(addresses: AddressesToMatch): Promise<readonly WireMatch[]>;
}

/** Fetches the token and is ready to be asked. */
export async function startBareAtlas(origin: string): Promise<BareAtlas> {
  const pool = new Pool(origin, { connections });
  const issued = await pool.request({
    method: 'POST',
    path: '/v3/verification/authtoken',
    headers: { 'Client-Id': 'sandbox-client', 'Client-Secret': 'sandbox-secret' },
  });
  const { access_token } = (await issued.body.json()) as { access_token: string };

  async function read(call: 'status' | 'extracts', flowUuid: string): Promise<unknown> {
    const path = `/v3/verification/${call}?flow_uuid=${encodeURIComponent(flowUuid)}`;
    const headers = { accept: 'application/json', Token: access_token };
    const { body } = await pool.request({ method: 'GET', path, headers });
    return await body.json();
  }

  return {
    // The upstream of the benchmark answers in these shapes, and the answers are compared.
    status: async (flowUuid) => (await read('status', flowUuid)) as WireStatus,
    extracts: async (flowUuid) => (await read('extracts', flowUuid)) as WireExtracts,
    async match({ applicationId, source, targets }) {
      const { body } = await pool.request({
        method: 'POST',
        path: '/v1/address/match/batch',
        headers: {
          'content-type': 'application/json',
          client_id: 'sandbox-client',
          client_secret: 'sandbox-secret',
        },
        body: JSON.stringify({
          application_id: applicationId,
          source_address: source,
          target_addresses: targets.map((address, index) => ({ address, index })),
        }),
      });
      const { match_data } = (await body.json()) as { match_data: WireMatch[] };
      return match_data;
    },
  };
}

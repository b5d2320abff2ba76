import type { EndpointName, Service, TokenFamily } from '../atlas/api/endpoints.ts';
import { tokenEndpoints } from '../atlas/api/endpoints.ts';
import type { CallbackAddresses } from './callback-receiver.ts';
import type { Caller } from './caller.ts';
import { type Evidence, type Exchange, entriesOf, isSuccess, membersOf } from './evidence.ts';
import type { ContactSettings } from './settings.ts';

/** The options of `walk`. */
export interface WalkOptions {
  readonly settings: ContactSettings;
  readonly caller: Caller;
  /** The addresses that Atlas is told to call. */
  readonly addresses: CallbackAddresses;
  /** A random word that makes the application id of this walk unique. */
  readonly mark: string;
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => number;
  /** Told of each step before it is taken, for the user who waits. */
  readonly onStep: (step: string) => void;
}

type Walked = Omit<Evidence, 'exchanges' | 'received' | 'canReceive'>;

const source = 'Unit 1, Sample House, Test Road, Testpur';
/** The target addresses that are matched; the second cannot be normalised (CONTRACT K9). */
export const matchedTargets: readonly string[] = ['1 Sample Hse, Test Rd, Testpur', '??'];

/**
 * Walks one synthetic flow, one address match and one small batch, in the order of CONTRACT 4, 8, 6
 * and 7. A call that is refused ends its branch alone.
 */
export async function walk(options: WalkOptions): Promise<Walked> {
  const { settings } = options;
  const documents = settings.fileUrls.map((url, place) => ({
    file_url: url,
    document_id: `contact-${place + 1}`,
  }));
  const flowDocumentIds = documents.map(({ document_id }) => document_id);
  const states = await walkFlow(options, documents);
  await matchAddresses(options);
  const [first] = documents;
  if (first !== undefined) {
    await walkBatch(options, 'bulk', first);
    if (settings.sandboxBaseUrl !== null) await walkBatch(options, 'docstream', first);
  }
  return { flowDocumentIds, batchDocumentIds: flowDocumentIds.slice(0, 1), states };
}

interface FileToSend {
  readonly file_url: string;
  readonly document_id: string;
}

async function walkFlow(
  options: WalkOptions,
  files: readonly FileToSend[],
): Promise<readonly unknown[]> {
  const { settings, caller, addresses, mark, onStep } = options;
  const headers = await fetchToken(options, 'verification');
  if (headers === null) return [];
  onStep('asking for a flow that does not exist');
  const unknown = { flow_uuid: '00000000-0000-4000-8000-000000000000' };
  await caller.call('flowStatus', unknown, headers, 'unknown flow');
  onStep('opening a flow');
  const opened = await caller.call(
    'initFlow',
    {
      product_type: settings.productType,
      application_id: `contact-${mark}`,
      auth_url: addresses.authUrl,
      callback_url: addresses.callbackUrl,
      flow_params: {},
    },
    headers,
  );
  const flowUuid = correlatorIn(opened);
  if (flowUuid === null) return [];
  onStep(`uploading ${files.length} file addresses`);
  const body = { flow_uuid: flowUuid, file_urls: [...files] };
  const uploaded = await caller.call('uploadToFlow', body, headers);
  if (!isSuccess(uploaded?.status ?? null)) return [];
  onStep('waiting for the end of the flow');
  const states: unknown[] = [];
  await repeat(options, async () => {
    const status = await caller.call('flowStatus', { flow_uuid: flowUuid }, headers);
    const state = membersOf(status?.json).master_status;
    if (states.at(-1) !== state) states.push(state);
    return status === null || state === 'SUCCESS' || state === 'FAILED';
  });
  onStep('reading its extracts');
  await caller.call('flowExtracts', { flow_uuid: flowUuid }, headers);
  return states;
}

async function matchAddresses({ settings, caller, mark, onStep }: WalkOptions): Promise<void> {
  onStep('matching two synthetic addresses');
  const { addressClientId, addressClientSecret } = settings.credentials;
  await caller.call(
    'matchAddresses',
    {
      application_id: `contact-${mark}`,
      source_address: source,
      target_addresses: matchedTargets.map((address, index) => ({ address, index })),
    },
    { client_id: addressClientId, client_secret: addressClientSecret },
  );
}

async function walkBatch(
  options: WalkOptions,
  service: 'bulk' | 'docstream',
  file: FileToSend,
): Promise<void> {
  const { settings, caller, onStep } = options;
  const headers = await fetchToken(options, service);
  if (headers === null) return;
  onStep(`submitting a batch of one file to ${service}`);
  const body = { product_type: settings.productType, file_urls: [file] };
  const upload = service === 'bulk' ? 'uploadBulk' : 'uploadDocstream';
  const batchId = batchIdIn(await caller.call(upload, body, headers));
  if (batchId === null) return;
  const extracts: EndpointName = service === 'bulk' ? 'bulkExtracts' : 'docstreamExtracts';
  onStep('waiting for the batch');
  await repeat(options, async () => {
    const query = { batch_id: batchId, page: 1, per_page: 50 };
    const page = await caller.call(extracts, query, headers);
    if (page === null) return true;
    return entriesOf(membersOf(page.json).data).some((entry) => {
      const { file_data, error_code } = membersOf(entry);
      return Object.keys(membersOf(file_data)).length > 0 || Boolean(error_code);
    });
  });
}

/** The headers of a service's calls; null if there is no token, or none may be asked for. */
async function fetchToken(
  { settings, caller, onStep }: WalkOptions,
  service: TokenFamily & Service,
): Promise<Readonly<Record<string, string>> | null> {
  onStep(`fetching a token for ${service}`);
  const { clientId, clientSecret } = settings.credentials;
  const credentials = { 'Client-Id': clientId, 'Client-Secret': clientSecret };
  const issued = await caller.call(tokenEndpoints[service], {}, credentials);
  const { access_token: token } = membersOf(issued?.json);
  return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? { Token: token } : null;
}

/** Calls again at the poll interval until `isDone` is true or the time is over. */
async function repeat(
  { settings, pause, now }: WalkOptions,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const endsAt = now() + settings.waitMs;
  while (!(await isDone()) && now() < endsAt) await pause(settings.pollIntervalMs);
}

function correlatorIn(opened: Exchange | null): string | null {
  if (!isSuccess(opened?.status ?? null)) return null;
  const { flow_uuid, flow_id, session_id } = membersOf(opened?.json);
  const found = [flow_uuid, flow_id, session_id].find((id) => typeof id === 'string' && id !== '');
  return typeof found === 'string' ? found : null;
}

function batchIdIn(uploaded: Exchange | null): string | null {
  if (!isSuccess(uploaded?.status ?? null)) return null;
  const receipts = Array.isArray(uploaded?.json) ? uploaded.json : [uploaded?.json];
  const found = receipts.map((receipt) => membersOf(receipt).batch_id).find(Boolean);
  return typeof found === 'string' ? found : null;
}

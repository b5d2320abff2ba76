import type { Sandbox } from '../../../src/sandbox/start-sandbox.ts';

/** Where a flow's caller told Atlas to call. */
export interface CallbackAddresses {
  readonly callbackUrl: string;
  readonly authUrl: string;
}

/** The parameters of the last flow. */
export function lastAddresses(sandbox: Sandbox): CallbackAddresses {
  const opened = sandbox.calls.filter(({ name }) => name === 'initFlow').at(-1);
  return addressesOf(opened?.body);
}

/** The body of a call to flow/init. */
export function addressesOf(body: unknown): CallbackAddresses {
  if (typeof body !== 'object' || body === null) throw new Error('no flow was opened');
  const { callback_url, auth_url } = body as Record<string, unknown>; // JSON of an object
  return { callbackUrl: String(callback_url), authUrl: String(auth_url) };
}

/** Gets a token as Atlas does. */
export async function getToken(authUrl: string, method = 'POST'): Promise<string> {
  const response = await fetch(authUrl, { method });
  if (response.status !== 200) throw new Error(`no token: ${response.status}`);
  return (await response.json()).access_token;
}

/** Calls back as Atlas does, with what is given as headers; answers the status. */
export async function callBack(
  callbackUrl: string,
  headers: Readonly<Record<string, string>>,
  body: unknown = { ocr_data: [] },
): Promise<number> {
  const response = await fetch(callbackUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

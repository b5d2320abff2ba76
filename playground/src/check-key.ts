import { ask, isRefusal } from './graph.ts';
import { refusedKey } from './runner.ts';
import type { Caller, KeyState } from './state.ts';

const query = 'query CheckKey { viewer { tenantId callerId } }';

/** Tells whether the gateway accepts a key, and whose it is. */
export async function checkKey(
  url: string,
  key: string,
): Promise<Pick<KeyState, 'caller' | 'fault' | 'isChecking'>> {
  const isChecking = false;
  if (!/^[\x21-\x7e]+$/.test(key)) {
    const fault = 'A key has no spaces and only letters, digits and signs of ASCII.';
    return { caller: null, fault, isChecking };
  }
  try {
    const { result } = await ask(url, { query, variables: {} }, key);
    if (isRefusal(result)) return { caller: null, fault: refusedKey, isChecking };
    const data = result.data as { readonly viewer: Caller } | undefined;
    // A caller that may only run persisted operations has a good key all the same.
    return { caller: data?.viewer ?? null, fault: null, isChecking };
  } catch (failure) {
    const fault = failure instanceof Error ? failure.message : 'The key could not be checked.';
    return { caller: null, fault, isChecking };
  }
}

import type { Build } from '../../build.ts';
import { type Route, sendJson } from './http.ts';

/** What `/ready` tells of, besides whether. */
export interface Readiness {
  readonly isReady: boolean;
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * `/health`: the process lives, with its version and commit. `/ready`: it can do its work; 503 while
 * it can't.
 */
export function createHealthRoute(
  readReadiness: () => Promise<Readiness> | Readiness,
  build: Build,
): Route {
  return async (http) => {
    const { request, path } = http;
    if (path !== '/health' && path !== '/ready') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendJson(http, 405, { error: 'Method not allowed' }, { allow: 'GET, HEAD' });
      return true;
    }
    if (path === '/health') {
      sendJson(http, 200, { status: 'ok', ...build });
      return true;
    }
    const { isReady, detail } = await readReadiness();
    sendJson(http, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', ...detail });
    return true;
  };
}

import { type CheckContext, type Finding, fault, ok, readText, request, warn } from './finding.ts';

/**
 * Checks that PUBLIC_URL leads to a gateway. This machine may reach it by a way that Atlas does not
 * have, so a probe outside decides where one is given.
 */
export async function checkPublicUrl(context: CheckContext): Promise<readonly Finding[]> {
  const { config, probeUrl, signal } = context;
  const { publicUrl } = config;
  if (publicUrl === undefined) {
    return [
      warn('PUBLIC_URL: not set, so Atlas is told an address of this machine; flows are polled'),
    ];
  }
  if (new URL(publicUrl).protocol !== 'https:') {
    return [
      warn('PUBLIC_URL: not https, callbacks can be read and forged on the way'),
      ...(await reach(publicUrl, context)),
    ];
  }
  if (probeUrl === undefined) return await reach(publicUrl, context);
  const target = encodeURIComponent(`${publicUrl}/health`);
  const response = await request(`${probeUrl}?target=${target}&module=http_2xx`, {}, signal);
  const text = response?.ok ? await readText(response) : null;
  if (text === null) return [fault('PUBLIC_URL: the probe does not answer')];
  return /^probe_success 1$/m.test(text)
    ? [ok('PUBLIC_URL: reached by the probe')]
    : [fault('PUBLIC_URL: not reached by the probe')];
}

async function reach(publicUrl: string, { signal }: CheckContext): Promise<readonly Finding[]> {
  const response = await request(`${publicUrl}/health`, {}, signal);
  const text = response?.ok ? await readText(response) : null;
  return text !== null && /"status":"ok"/.test(text)
    ? [ok('PUBLIC_URL: a gateway answers; --probe tries it from outside')]
    : [warn('PUBLIC_URL: no gateway answers there, or none runs yet')];
}

/** Checks that the identity provider hands out keys. */
export async function checkProvider({ config, signal }: CheckContext): Promise<readonly Finding[]> {
  if (config.jwt === null) return [];
  const response = await request(config.jwt.jwksUrl, {}, signal);
  const text = response?.ok ? await readText(response) : null;
  return [
    text !== null && countKeys(text) > 0
      ? ok('JWT_JWKS_URL: hands out keys')
      : fault('JWT_JWKS_URL: hands out no keys (RFC 7517, 5)'),
  ];
}

function countKeys(text: string): number {
  try {
    const { keys } = JSON.parse(text);
    return Array.isArray(keys) ? keys.length : 0;
  } catch {
    return 0;
  }
}

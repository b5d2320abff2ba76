import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { secretVariables } from '../../src/config/secret-files.ts';

/** Reads `/run/secrets/NAME` as a secret made of the name, or as an address with one in it. */
function readFile(path: string): string {
  const name = /^\/run\/secrets\/(\w+)$/.exec(path)?.[1];
  if (name === undefined) throw new Error(`there is no ${path}`);
  const secret = `Jq4wXz81.${name.toLowerCase()}`;
  return name === 'REDIS_URL' ? `redis://:${secret}@cache.example\n` : `${secret}\n`;
}

const fromFiles = {
  ATLAS_BASE_URL: 'https://atlas.example',
  ...Object.fromEntries(secretVariables.map((name) => [name, `file:/run/secrets/${name}`])),
};

test('every secret may stand in a file, whose last line may end', () => {
  const { callbackSecrets, audit, tenants, redisUrl } = loadConfig(fromFiles, { readFile });
  assert.deepEqual(callbackSecrets, ['Jq4wXz81.callback_secret']);
  assert.equal(audit.secret, 'Jq4wXz81.audit_secret');
  assert.equal(redisUrl, 'redis://:Jq4wXz81.redis_url@cache.example');
  const [tenant] = tenants;
  assert.deepEqual(tenant?.credentials, {
    clientId: 'Jq4wXz81.atlas_client_id',
    clientSecret: 'Jq4wXz81.atlas_client_secret',
    addressClientId: 'Jq4wXz81.atlas_address_client_id',
    addressClientSecret: 'Jq4wXz81.atlas_address_client_secret',
  });
  assert.equal(tenant?.sandboxCallbackToken, 'Jq4wXz81.sandbox_callback_token');
});

for (const [what, path, text] of [
  ['is not there', '/run/secrets/', ''],
  ['holds nothing', '/run/secrets/empty', ' \n'],
] as const) {
  test(`a secret whose file ${what} is a fault that names the variable and not the path`, () => {
    const env = { ...fromFiles, AUDIT_SECRET: `file:${path}` };
    const read = (file: string) => (file === '/run/secrets/empty' ? text : readFile(file));
    assert.throws(
      () => loadConfig(env, { readFile: read }),
      (error) =>
        error instanceof ConfigError &&
        error.issues.length === 1 &&
        error.issues[0] === "AUDIT_SECRET names a file that can't be read, or holds nothing.",
    );
  });
}

test('a variable that is not a secret is never read from a file', () => {
  const opened: string[] = [];
  const read = (path: string) => {
    opened.push(path);
    return '';
  };
  assert.throws(() => loadConfig({ PUBLIC_URL: 'file:/etc/passwd' }, { readFile: read }));
  assert.deepEqual(opened, []);
});

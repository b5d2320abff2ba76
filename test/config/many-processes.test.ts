import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load-config.ts';

type Env = Readonly<Record<string, string>>;

const withAtlas = {
  ATLAS_BASE_URL: 'https://atlas.example',
  ATLAS_CLIENT_ID: 'fixture-id',
  ATLAS_CLIENT_SECRET: 'fixture-secret',
  GATEWAY_API_KEY: 'fixture-key',
};

/** The faults that an environment is refused for; none when it is taken. */
function issuesOf(env: Env): readonly string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

test('an address of a Redis is taken with its user and its database, and its fault not quoted', () => {
  const CALLBACK_SECRET = 'Jq4wXz81-of-this-suite';
  for (const REDIS_URL of [
    'redis://127.0.0.1:6379',
    'redis://cache.example',
    'rediss://user:Jq4w%40Xz81@cache.example:6380/3',
    'redis://[::1]:6379/',
  ]) {
    assert.equal(loadConfig({ REDIS_URL, CALLBACK_SECRET }).redisUrl, REDIS_URL);
  }
  for (const REDIS_URL of [
    'cache.example:6379',
    'http://cache.example',
    'redis://cache.example/three',
    'redis://cache.example/1?password=secret',
    'redis://',
  ]) {
    assert.deepEqual(issuesOf({ REDIS_URL, CALLBACK_SECRET }), [
      'REDIS_URL is no address of a Redis: give one like rediss://user:password@host:6379/0.',
    ]);
  }
});

test('processes that share a Redis need a secret that they share', () => {
  assert.deepEqual(issuesOf({ REDIS_URL: 'redis://cache.example' }), [
    'CALLBACK_SECRET is missing: all processes of one REDIS_URL need the same.',
  ]);
});

test('workers are not had with the embedded sandbox', () => {
  assert.deepEqual(issuesOf({ WORKERS: '2' }), [
    'WORKERS needs ATLAS_BASE_URL: the embedded sandbox is one process.',
  ]);
  assert.equal(loadConfig({ ...withAtlas, WORKERS: '2' }).workers, 2);
});

import { ConfigError } from '../../../src/config/config-error.ts';
import { loadConfig } from '../../../src/config/load-config.ts';

/** An environment. */
export type Env = Readonly<Record<string, string>>;

/** The fault of a gateway that could recognise nobody. */
export const noEntrance =
  'GATEWAY_API_KEY is missing: give it, or TENANTS_FILE with keys, or JWT_JWKS_URL.';
/** All that is needed to talk to an Atlas. */
export const withAtlas = {
  ATLAS_BASE_URL: 'https://atlas.example',
  ATLAS_CLIENT_ID: 'fixture-id',
  ATLAS_CLIENT_SECRET: 'fixture-secret',
  GATEWAY_API_KEY: 'fixture-key',
};

/** The faults that an environment is refused for; none when it is taken. */
export function issuesOf(env: Env, readFile?: (path: string) => string): readonly string[] {
  try {
    loadConfig(env, readFile ? { readFile } : {});
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}

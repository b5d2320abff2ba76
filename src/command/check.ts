import { loadConfig } from '../config/load-config.ts';
import { checkAtlas } from './check-atlas.ts';
import { checkFiles } from './check-files.ts';
import { checkProvider, checkPublicUrl } from './check-reach.ts';
import { checkRedis } from './check-redis.ts';
import { type Command, exitCodes, UsageError } from './command.ts';
import { type Check, type CheckContext, type Finding, ok, warn } from './finding.ts';

/** Every part of the check, in the order of the report. */
const checks: readonly Check[] = [
  checkConfiguration,
  checkFiles,
  checkAtlas,
  checkProvider,
  checkRedis,
  checkPublicUrl,
];

/** Checks a deployment before and while it serves. */
export const check: Command = {
  name: 'check',
  positionals: [],
  summary: 'Checks the configuration, files, Atlas, the clock, Redis and PUBLIC_URL.',
  help: `  --probe URL   a Prometheus blackbox_exporter outside, such as https://probe.example/probe, which
                tries PUBLIC_URL by its module http_2xx

Prints a line for each finding: ok, warn or fault; never a value. Secrets that can be guessed are
faults of the configuration. Atlas is asked for one token of each family and tenant, which may end
an older token of a running gateway: that one fetches another.

Exit codes: 0 no fault, 1 a fault, 64 wrong usage, 78 a fault of the configuration.`,
  options: { probe: { type: 'string' } },
  async run({ values }, { env, print, signal }) {
    const probeUrl = values.probe === undefined ? undefined : String(values.probe);
    if (probeUrl !== undefined && !/^https?:$/.test(URL.parse(probeUrl)?.protocol ?? '')) {
      throw new UsageError('--probe: give an http or https address.');
    }
    const context: CheckContext = { config: loadConfig(env), env, probeUrl, signal };
    let hasFault = false;
    for (const each of checks) {
      for (const { severity, text } of await each(context)) {
        print(`${severity.padEnd(5)} ${text}`);
        hasFault ||= severity === 'fault';
      }
    }
    return hasFault ? exitCodes.fault : exitCodes.done;
  },
};

/** Reports what reading the configuration found; its faults ended the command before. */
async function checkConfiguration({ config }: CheckContext): Promise<readonly Finding[]> {
  const { warnings, tenants } = config;
  const now = Date.now();
  const soonMs = 14 * 24 * 60 * 60_000;
  const expiring = tenants.flatMap(({ id, keys }) =>
    keys
      .filter(({ expiresAt }) => expiresAt !== null && expiresAt - now < soonMs)
      .map(({ name, expiresAt }) =>
        warn(
          `keys: key ${name} of tenant ${id} ${Number(expiresAt) <= now ? 'has expired' : 'expires within 14 days'}`,
        ),
      ),
  );
  return [
    ok(`configuration: sound, ${tenants.length} tenant(s), no secret can be guessed`),
    ...warnings.map((text) => warn(`configuration: ${text}`)),
    ...expiring,
  ];
}

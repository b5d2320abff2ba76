import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createTransport } from '../atlas/transport/transport.ts';
import { createEnvironment } from '../config/environment.ts';
import { readCrossCheckNames } from '../config/read-cross-check-names.ts';
import { toTenantId } from '../config/tenant-shape.ts';
import type { Variable } from '../config/variables.ts';
import { startCallbackReceiver } from './callback-receiver.ts';
import { callsWithoutAsking, createCaller } from './caller.ts';
import { toReport } from './report.ts';
import { type ContactSettings, loadContactSettings } from './settings.ts';
import { walk } from './walk.ts';

/** The exit code for a fault of the configuration (EX_CONFIG of sysexits.h). */
const configurationFault = 78;
const callTimeoutMs = 30_000;

const settings = loadContactSettings(process.argv.slice(2), process.env);
process.exitCode = isFaults(settings) ? fail(settings) : await run(settings);

/**
 * Walks one flow against the configured Atlas and prints the report to standard output, progress to
 * standard error. Returns the exit code: 0 if the gateway reads all that came, 1 if it does not.
 */
async function run(settings: ContactSettings): Promise<number> {
  const environment = createEnvironment<Variable>(process.env);
  const names = readCrossCheckNames(environment);
  if (environment.issues.length > 0) return fail(environment.issues);
  const receiver = await startCallbackReceiver(settings).catch((error: unknown) => error);
  if (!isReceiver(receiver)) return fail(['PORT cannot be opened on HOST for the callback.']);
  const transport = createTransport(new URL(settings.baseUrl).origin, { connections: 2 });
  const sandbox =
    settings.sandboxBaseUrl === null
      ? transport
      : createTransport(new URL(settings.sandboxBaseUrl).origin, { connections: 2 });
  const caller = createCaller({
    transportFor: (service) => (service === 'docstream' ? sandbox : transport),
    pathPrefixFor: (service) =>
      new URL(
        (service === 'docstream' && settings.sandboxBaseUrl) || settings.baseUrl,
      ).pathname.replace(/\/$/, ''),
    tenantId: toTenantId('contact'),
    mayExceed: () => mayExceed(settings),
    timeoutMs: callTimeoutMs,
  });
  try {
    const walked = await walk({
      settings,
      caller,
      addresses: receiver.addresses,
      mark: randomBytes(6).toString('hex'),
      pause,
      now: () => performance.now(),
      onStep: (step) => void process.stderr.write(`${step}\n`),
    });
    const [first] = caller.exchanges;
    if (first === undefined || first.status === null) {
      return fail(['ATLAS_BASE_URL cannot be reached: no answer came to the first call.']);
    }
    if (first.status === 401 || first.status === 403) {
      return fail(['ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET are refused by Atlas.']);
    }
    if (receiver.canReceive && walked.states.length > 0) {
      process.stderr.write('waiting for the callback\n');
      await receiver.waitForCallback(Math.min(settings.waitMs, 60_000));
    }
    const { exchanges } = caller;
    const { received, canReceive } = receiver;
    const report = toReport({ ...walked, exchanges, received, canReceive }, names);
    process.stdout.write(report.text);
    return report.isReadable ? 0 : 1;
  } finally {
    await receiver.close();
    await Promise.all([transport.close(), ...(sandbox === transport ? [] : [sandbox.close()])]);
  }
}

/** Asks at the terminal; without one the answer is no, unless --yes was given. */
async function mayExceed({ mayExceed: isAllowed }: ContactSettings): Promise<boolean> {
  if (isAllowed) return true;
  if (!process.stdin.isTTY) {
    process.stderr.write(`${callsWithoutAsking} calls were made. Give --yes to go on.\n`);
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `${callsWithoutAsking} calls were made. Make more, one for each poll? [y/N] `,
  );
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

function fail(faults: readonly string[]): number {
  process.stderr.write(`${faults.join('\n')}\n`);
  return configurationFault;
}

function isFaults(given: ContactSettings | readonly string[]): given is readonly string[] {
  return Array.isArray(given);
}

function isReceiver(given: unknown): given is Awaited<ReturnType<typeof startCallbackReceiver>> {
  return typeof given === 'object' && given !== null && 'waitForCallback' in given;
}

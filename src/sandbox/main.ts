import { z } from 'zod';
import { type Sandbox, startSandbox } from './start-sandbox.ts';

/** The exit code of a process with a faulty configuration (EX_CONFIG of sysexits). */
const badConfiguration = 78;
const credentials = { clientId: 'sandbox-client', clientSecret: 'sandbox-secret' };
const settings = z.object({
  HOST: z.string().min(1, 'HOST must not be empty').default('127.0.0.1'),
  PORT: z
    .string()
    .transform((text) => (/^\d{1,5}$/.test(text) ? Number(text) : Number.NaN))
    .refine((port) => port <= 65_535, 'PORT must be a number from 0 to 65535')
    .default(4010),
});

const loaded = settings.safeParse(process.env);
if (loaded.success) await run(loaded.data.HOST, loaded.data.PORT);
else fail(loaded.error.issues.map((issue) => issue.message).join('\n'), badConfiguration);

async function run(host: string, port: number): Promise<void> {
  const sandbox = await startSandbox({
    host,
    port,
    credentials: [credentials],
    allowFaultRequests: true,
  }).catch((error: unknown) =>
    fail(
      `The sandbox can't listen at PORT ${port} of HOST ${host}: ${codeOf(error)}.`,
      badConfiguration,
    ),
  );
  if (sandbox === undefined) return;
  greet(sandbox);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Without a socket or a timer left, the process ends by itself, with 0.
    process.once(signal, () => void sandbox.close());
  }
}

function greet({ url }: Sandbox): void {
  process.stdout.write(
    [
      `Atlas sandbox on ${url}`,
      `  Client-Id      ${credentials.clientId}`,
      `  Client-Secret  ${credentials.clientSecret}`,
      `  Faults         POST ${url}/_sandbox/faults {"endpoint":"flowStatus","fault":{"status":503},"times":1}`,
      '',
    ].join('\n'),
  );
}

/** The code of an error of the operating system, such as EADDRINUSE. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function fail(message: string, exitCode: number): undefined {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}

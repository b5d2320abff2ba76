import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nowMs } from '../clock.ts';
import { nodeOptions, startGateway } from '../gateway.ts';
import { benchKey } from '../peers/mercurius/bench-key.ts';
import type { PeerDuties } from '../peers/serve.ts';
import { busyMs, pinTo } from '../process-figures.ts';
import { type Program, startProgram } from '../processes.ts';
import type { LoadDuties } from './load.ts';
import { type QuestionName, toBody, toQuestion } from './questions.ts';
import type { UpstreamDuties } from './upstream.ts';

export const peerNames = ['floor', 'yoga', 'mercurius', 'equipped'] as const;
export const gatewayNames = ['gateway', 'pipelined'] as const;
export type PeerName = (typeof peerNames)[number];
/** The gateway as it comes, or with `ATLAS_PIPELINING`. */
export type GatewayName = (typeof gatewayNames)[number];
export type SubjectName = PeerName | GatewayName;

const peerFiles: Readonly<Record<PeerName, string>> = {
  floor: 'floor.ts',
  yoga: 'yoga.ts',
  mercurius: 'mercurius/mercurius.ts',
  equipped: 'mercurius/equipped.ts',
};

/** A process that answers the benchmark's questions. */
export interface Subject {
  readonly name: SubjectName;
  readonly pid: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The upstream and the client. */
export interface Surroundings {
  readonly atlasUrl: string;
  readonly upstream: Program<UpstreamDuties>;
  readonly load: Program<LoadDuties>;
  stop(): Promise<void>;
}

const ofSubjects = 0;
const ofSurroundings = 1;

/** Starts the upstream and the client. */
export async function startSurroundings(): Promise<Surroundings> {
  const upstream = startProgram<UpstreamDuties>(new URL('upstream.ts', import.meta.url));
  const load = startProgram<LoadDuties>(new URL('load.ts', import.meta.url));
  return {
    atlasUrl: await upstream.call('listen'),
    upstream,
    load,
    async stop() {
      await load.stop();
      await upstream.stop();
    },
  };
}

/** Gives the subjects one processor and all else another; false where that can't be done. */
export function keepApart({ upstream, load }: Surroundings, subjects: readonly Subject[]): boolean {
  const around = [upstream, load].map(({ pid }) => pinTo(ofSurroundings, pid));
  const own = subjects.map(({ pid }) => pinTo(ofSubjects, pid));
  return [...around, ...own].every(Boolean);
}

/** Starts the floor or one of the peers; the packages of Mercurius must be installed. */
export async function startPeer(name: PeerName, atlasUrl: string): Promise<Subject> {
  const file = new URL(`../peers/${peerFiles[name]}`, import.meta.url);
  const program = startProgram<PeerDuties>(file, nodeOptions);
  const url = await program.call('serve', atlasUrl);
  const headers = { authorization: `Bearer ${benchKey}` };
  return { name, pid: program.pid, url, headers, stop: program.stop };
}

export interface GatewaySubjectOptions {
  readonly name?: GatewayName;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Starts the gateway as in earnest: a key, masking, every limit, a log line a request and the audit
 * in files. Only the rate of one caller is set so high that it is counted and never reached.
 */
export async function startGatewaySubject(
  atlasUrl: string,
  { name = 'gateway', execArgv = [], env = {} }: GatewaySubjectOptions = {},
): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const gateway = await startGateway({
    atlasUrl,
    execArgv,
    logFile: join(folder, 'log'),
    env: {
      LOG_LEVEL: 'info',
      AUDIT_LOG: join(folder, 'audit'),
      RATE_LIMIT_PER_MINUTE: '100000000',
      METRICS_PORT: '0',
      ...env,
    },
  });
  return {
    name,
    pid: gateway.pid,
    url: `${gateway.url}/graphql`,
    headers: { authorization: `Bearer ${gateway.apiKey}` },
    async stop() {
      await gateway.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Asks once, and answers the `data` as JSON; rejects unless all went well. */
export async function ask(subject: Subject, name: QuestionName, count: number): Promise<string> {
  const response = await fetch(subject.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...subject.headers },
    body: toBody(toQuestion(name), count),
  });
  const text = await response.text();
  const { data, errors } = JSON.parse(text);
  if (response.status === 200 && errors === undefined) return JSON.stringify(data);
  throw new Error(`${subject.name} answered ${name} with ${response.status}: ${text}`);
}

/** How long a process took to its first answer, and how long it kept the processor busy for it. */
export interface ColdStart {
  readonly subject: Subject;
  readonly tookMs: number;
  readonly busyMs: number;
}

/** Starts a gateway and waits for its first answer. */
export async function startCold(atlasUrl: string): Promise<ColdStart> {
  const startedAt = nowMs();
  const subject = await startGatewaySubject(atlasUrl);
  await ask(subject, 'Q1', 0);
  return { subject, tookMs: nowMs() - startedAt, busyMs: busyMs(subject.pid) };
}

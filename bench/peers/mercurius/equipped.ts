import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import rateLimit from '@fastify/rate-limit';
import fastify from 'fastify';
import type { ValidationRule } from 'graphql';
import mercurius from 'mercurius';
import pino from 'pino';
import { Histogram, Registry } from 'prom-client';
import { createPeerContext, type PeerContext, typeDefs } from '../graph.ts';
import { servePeer } from '../serve.ts';
import { benchKey } from './bench-key.ts';
import { createCarefulAtlas } from './careful-atlas.ts';
import { maskedResolvers } from './masking.ts';

declare module 'mercurius' {
  interface MercuriusContext extends PeerContext {}
}

/**
 * Mercurius with the duties that the gateway has in the benchmark: an API key compared by its
 * SHA-256 in constant time, a rate limit by key, limits of depth, aliases, directives and cost, a log
 * line and a metric for each request, masking, an audit line, shared reads, a timeout and one retry.
 */
servePeer(async (bareAtlas) => {
  const folder = mkdtempSync(join(tmpdir(), 'mercurius-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const log = pino(pino.destination({ dest: join(folder, 'log'), sync: false, minLength: 4_096 }));
  const audit = pino(pino.destination({ dest: join(folder, 'audit'), sync: true }));
  const registry = new Registry();
  const durations = new Histogram({
    name: 'request_duration_seconds',
    help: 'Time from a request to its answer, by status',
    labelNames: ['status'],
    registers: [registry],
  });
  const atlas = createCarefulAtlas(bareAtlas);
  const known = createHash('sha256').update(benchKey).digest();
  const app = fastify({ genReqId: () => randomUUID() });

  app.addHook('onRequest', async (request, reply) => {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const isKnown = timingSafeEqual(createHash('sha256').update(key).digest(), known);
    if (!isKnown) await reply.code(401).send({ errors: [{ message: 'The API key is not known' }] });
  });
  app.addHook('onResponse', async ({ id, method, url }, reply) => {
    const durationMs = reply.elapsedTime;
    durations.observe({ status: String(reply.statusCode) }, durationMs / 1_000);
    log.info({ requestId: id, method, url, status: reply.statusCode, durationMs }, 'request');
  });
  await app.register(rateLimit, {
    max: 100_000_000,
    timeWindow: '1 minute',
    keyGenerator: ({ headers }) => headers.authorization ?? '',
  });
  await app.register(mercurius, {
    schema: typeDefs,
    resolvers: maskedResolvers,
    jit: 1,
    context: () => createPeerContext(atlas),
    validationRules: [
      maxDepthRule({ n: 12 }),
      maxAliasesRule({ n: 30 }),
      maxDirectivesRule({ n: 50 }),
      costLimitRule({ maxCost: 50_000 }),
    ] as ValidationRule[], // they are visitors of documents, which their types do not say
  });
  app.graphql.addHook('onResolution', async (_execution, { reply }) => {
    const { body } = reply.request;
    const { query, variables } = body as { query: string; variables?: { uuid?: string } };
    if (!query.includes('value')) return;
    const subject = createHmac('sha256', benchKey)
      .update(variables?.uuid ?? '')
      .digest('base64url');
    audit.info(
      { requestId: reply.request.id, caller: 'bench', subject, fields: ['value'] },
      'read',
    );
  });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});

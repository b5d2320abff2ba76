import type { TestContext } from 'node:test';
import { createClient } from 'graphql-sse';
import { UnsecuredJWT } from 'jose';
import type { EndpointName } from '../../../src/atlas/api/endpoints.ts';
import type { Fault } from '../../../src/sandbox/fault-queue.ts';
import type { ErrorCode } from '../../../src/schema/operation/errors.ts';
import { toKey } from '../identity/tenant-settings.ts';
import { type GatewayOptions, type OpenGateway, openGateway } from '../open-gateway.ts';
import { startRedis } from '../start-redis.ts';
import { acme, openTenants } from '../tenants/open-tenants.ts';

/** A case that leads to an error: its story in one sentence, the operation, and the error as it came. */
export interface ErrorCase {
  readonly story: string;
  readonly query: string;
  readonly error: unknown;
}

type Run = (t: TestContext) => Promise<ErrorCase>;

const readHealth = 'query Health { atlasHealth { services { service state } } }';
const readFlow = 'query ReadFlow { flow(uuid: "LOS-1") { status { state } } }';
const openFlow =
  'mutation OpenFlow { createFlow(input: { applicationId: "application-1" }) { flow { uuid } } }';

async function ask(gateway: Pick<OpenGateway, 'ask'>, story: string, query: string) {
  const { errors } = await gateway.ask(query);
  return { story, query, error: errors?.[0] };
}

/** A case in which the sandbox answers each call of an endpoint with a fault. */
function faulty(
  story: string,
  query: string,
  name: EndpointName,
  fault: Fault,
  options: GatewayOptions = {},
): Run {
  return async (t) => {
    const gateway = await openGateway(t, options);
    gateway.sandbox.fault(name, fault, Number.POSITIVE_INFINITY);
    return ask(gateway, story, query);
  };
}

/** For each error code, a way to meet it. */
export const errorCases: Readonly<Record<ErrorCode, Run>> = {
  BAD_USER_INPUT: async (t) =>
    ask(
      await openGateway(t),
      'The argument `uuid` is a text, and a number is given.',
      'query ReadFlow { flow(uuid: 1) { status { state } } }',
    ),
  async NOT_FOUND(t) {
    const gateway = await openGateway(t);
    const query =
      'subscription Watch { flowUpdated(uuid: "LOS-00000000-0000-4000-8000-000000000000") { uuid } }';
    const client = createClient({ url: gateway.graphqlUrl, headers: { ...gateway.headers } });
    t.after(() => client.dispose());
    for await (const { errors } of client.iterate({ query })) {
      return { story: 'Atlas has no flow with this id.', query, error: errors?.[0] };
    }
    throw new Error('the subscription ended without an event');
  },
  UNAUTHENTICATED: async (t) =>
    ask((await openTenants(t)).as('agk_a-key-of-no-caller'), 'The key is wrong.', readHealth),
  async IDENTITY_UNAVAILABLE(t) {
    const env = {
      JWT_JWKS_URL: 'http://127.0.0.1:9/keys',
      JWT_ISSUER: 'https://id.example',
      JWT_AUDIENCE: 'atlas-gateway',
    };
    const gateway = await openTenants(t, { env });
    const [, payload = ''] = new UnsecuredJWT({ tenant: 'acme' })
      .setIssuer(env.JWT_ISSUER)
      .setAudience(env.JWT_AUDIENCE)
      .setSubject('subject-1')
      .setExpirationTime('1 hour')
      .encode()
      .split('.');
    const head = Buffer.from(JSON.stringify({ alg: 'RS256', typ: 'JWT' })).toString('base64url');
    const caller = gateway.as(`${head}.${payload}.c2lnbmF0dXJl`);
    return ask(
      caller,
      "The caller has a JWT, and the identity provider's keys can't be had.",
      readHealth,
    );
  },
  async FORBIDDEN(t) {
    const key = 'agk_the-key-of-a-reader';
    const tenants = [acme({ keys: [toKey(key, { scopes: new Set(['flows:read']) })] })];
    const gateway = await openTenants(t, { tenants });
    return ask(gateway.as(key), 'The key has the scope `flows:read` alone.', openFlow);
  },
  async RATE_LIMITED(t) {
    const gateway = await openGateway(t, { env: { RATE_LIMIT_PER_MINUTE: '1' } });
    await gateway.ask(readHealth);
    return ask(gateway, 'The limit is one request a minute, and this is the second.', readHealth);
  },
  QUERY_TOO_COMPLEX: async (t) =>
    ask(
      await openGateway(t, { env: { MAX_ATLAS_CALLS: '1' } }),
      '`MAX_ATLAS_CALLS` is 1, and the documents of a flow take two calls.',
      'query ReadFlow { flow(uuid: "LOS-1") { status { state } documents { documentId } } }',
    ),
  ATLAS_REJECTED: faulty('Atlas refuses to open the flow.', openFlow, 'initFlow', {
    status: 422,
    body: { error: 'refused' },
  }),
  ATLAS_UNAVAILABLE: faulty('Atlas answers with 503.', openFlow, 'initFlow', { status: 503 }),
  ATLAS_UNAUTHORIZED: faulty(
    "Atlas refuses the gateway's credentials.",
    openFlow,
    'verificationToken',
    {
      status: 401,
      body: { error: 'unauthorized' },
    },
  ),
  ATLAS_CONTRACT_BROKEN: faulty(
    'A proxy before Atlas answers with a page.',
    openFlow,
    'verificationToken',
    {
      rawBody: '<html></html>',
      status: 200,
      contentType: 'text/html',
    },
  ),
  OUTCOME_UNKNOWN: faulty('Atlas takes the request and hangs up.', openFlow, 'initFlow', {
    hangUp: 'after',
  }),
  DEADLINE_EXCEEDED: faulty(
    'Atlas does not answer within `OPERATION_TIMEOUT_MS`.',
    readFlow,
    'flowStatus',
    { hang: true },
    { env: { OPERATION_TIMEOUT_MS: '1000' } },
  ),
  async STORE_UNAVAILABLE(t) {
    const redis = await startRedis(t);
    const gateway = await openGateway(t, {
      env: { REDIS_URL: redis.url, CALLBACK_SECRET: 'a-callback-secret-of-this-suite' },
    });
    redis.pause();
    t.after(redis.resume);
    return ask(
      gateway,
      'Redis does not answer.',
      'query Flows { flows(first: 1) { edges { node { uuid } } } }',
    );
  },
  async INTERNAL(t) {
    const auditFile = {
      write() {
        throw new Error('the disk is full');
      },
    };
    const gateway = await openGateway(t, { auditFile, sandbox: { stageMs: 10 } });
    const uuid = await gateway.openFlow();
    await gateway.upload(uuid, 'pan.jpg');
    await gateway.ask(`{ waitForFlow(uuid: "${uuid}") { uuid } }`);
    return ask(
      gateway,
      'The audit log can not be written, so personal data is not shown.',
      `query ReadFlow { flow(uuid: "${uuid}") { documents { extraction { fields { name value } } } } }`,
    );
  },
};

/** The error of a case without what differs from run to run: ids, and the rest of a duration. */
export function toSampleError(error: unknown): unknown {
  const text = JSON.stringify(error, (name, value) => {
    if (name === 'requestId') return '2f1c6a0e-7d5b-4a34-9c55-0b8f3f1f6f10';
    return name === 'retryAfterMs' ? 5_000 : value;
  });
  return JSON.parse(text);
}

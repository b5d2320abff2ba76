import type { Arrows } from './source-imports.ts';

/** The allowed imports between floors, the lowest floor first; ARCHITECTURE.md repeats them. */
export const floors: Arrows = {
  'tenant-id.ts': {},
  'tenant-key.ts': { 'tenant-id.ts': 'type' },
  'turns.ts': {},
  'build.ts': {},
  atlas: { 'tenant-id.ts': 'type', 'turns.ts': '*' },
  store: { 'tenant-id.ts': 'type', 'tenant-key.ts': '*' },
  live: { atlas: '*', store: '*', 'tenant-id.ts': 'type', 'tenant-key.ts': '*' },
  // A principal names its tenant, and a tenant is what Atlas is asked for.
  identity: { store: '*', atlas: 'type', 'tenant-id.ts': 'type' },
  privacy: {
    identity: '*',
    store: '*',
    logging: ['line-times.ts'],
    'tenant-id.ts': 'type',
    'turns.ts': 'type',
  },
  // Live hands up values only because a resolver asked; its pure files are but functions.
  schema: {
    atlas: '*',
    store: '*',
    identity: '*',
    privacy: '*',
    live: ['batch-progress.ts', 'flow-progress.ts'],
  },
  server: {
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    logging: '*',
    'build.ts': 'type',
    'tenant-id.ts': 'type',
    'turns.ts': '*',
  },
  // Told by callbacks of the floors below, whose shapes it knows; none of them knows it.
  observe: {
    'build.ts': 'type',
    'listening.ts': '*',
    atlas: 'type',
    live: 'type',
    server: 'type',
    logging: '*',
    'tenant-id.ts': 'type',
  },
  // The sandbox is another Atlas: it shares the shapes, and nothing that reads them for us.
  sandbox: { atlas: ['endpoints.ts', 'wire.ts', 'document-types.ts'] },
  // The names of cross-check members are configuration, and their table stands with their reader.
  // So are the tenants and whom they trust; the words for that stand with those who recognise them.
  config: {
    atlas: ['cross-checks.ts'],
    identity: ['api-keys.ts', 'jwt.ts', 'scopes.ts'],
    logging: '*',
    'tenant-id.ts': 'type',
  },
  logging: {},
  'listening.ts': {},
  compose: {
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    server: '*',
    observe: '*',
    config: '*',
    'listening.ts': '*',
    logging: '*',
    'tenant-id.ts': 'type',
    'turns.ts': 'type',
  },
  'app.ts': {
    'build.ts': 'type',
    compose: '*',
    atlas: '*',
    store: '*',
    live: '*',
    identity: '*',
    privacy: '*',
    schema: '*',
    server: '*',
    observe: '*',
    config: '*',
    'listening.ts': '*',
    logging: '*',
    'turns.ts': '*',
  },
  // A program of its own: calls Atlas and tells the shapes of its answers.
  contact: { atlas: '*', config: '*', 'tenant-id.ts': 'type' },
  // A program of its own for operators.
  command: { 'build.ts': '*', atlas: '*', store: '*', identity: '*', config: '*' },
  'main.js': { 'program.ts': '*' },
  'program.ts': {
    'build.ts': '*',
    store: ['store.ts'],
    server: ['reachable-host.ts'],
    compose: ['primary.ts', 'shutdown.ts'],
    'listening.ts': '*',
    privacy: ['audit-file.ts'],
    'app.ts': '*',
    config: '*',
    logging: '*',
    sandbox: '*',
  },
};

/** The allowed imports between the rooms of one floor; `top` is the floor's own folder. */
export const rooms: Readonly<Record<string, Arrows>> = {
  atlas: {
    top: { client: 'type', answers: '*', json: '*', api: '*' },
    client: { resilience: '*', transport: '*', answers: '*', deadline: '*', api: '*' },
    resilience: { transport: '*', api: '*' },
    answers: { transport: '*', masking: '*', json: '*', api: '*' },
    transport: { deadline: '*', api: 'type' },
    deadline: { api: '*' },
    masking: { json: '*', api: '*' },
    api: { json: '*' },
    json: {},
  },
  store: {
    // The ports. Adapters and services know them, and none knows another.
    top: {},
    services: { top: '*' },
    memory: { top: '*' },
    redis: { top: '*' },
    relay: { top: '*' },
    sqlite: { top: '*' },
  },
  schema: {
    top: { graph: '*', mutations: '*', operation: '*' },
    mutations: { graph: '*', operation: '*', top: '*' },
    graph: { operation: '*', top: '*' },
    cost: { operation: '*' },
    operation: {},
  },
  server: {
    'graphql-http': { streaming: 'type', http: '*', operation: '*' },
    streaming: { http: '*', operation: '*' },
    callbacks: { http: '*', operation: 'type' },
    http: { operation: '*' },
    operation: { execution: '*' },
    execution: {},
  },
};

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createClient } from 'graphql-ws';
import { type GatewayOptions, type OpenGateway, openGateway } from '../open-gateway.ts';

/** The status of one event. */
export interface SeenStatus {
  readonly state: string;
  readonly crossCheck: string;
  readonly isTerminal: boolean;
  readonly version: number;
  readonly freshness: { readonly stale: boolean };
}

export interface OpenStory extends OpenGateway {
  /** Every status that a flow is said to have, to its end; no event may hold an error. */
  follow(uuid: string): AsyncGenerator<SeenStatus>;
}

/** A gateway whose sandbox is told stories by name. */
export async function openStory(t: TestContext, options: GatewayOptions = {}): Promise<OpenStory> {
  const gateway = await openGateway(t, options);
  const client = createClient({
    url: gateway.webSocketUrl,
    connectionParams: { authorization: `Bearer ${gateway.apiKey}` },
    retryAttempts: 0,
  });
  t.after(() => client.dispose());

  async function* follow(uuid: string): AsyncGenerator<SeenStatus> {
    const events = client.iterate<{ flowUpdated: { status: SeenStatus } }>({
      query: `subscription ($uuid: String!) {
        flowUpdated(uuid: $uuid) {
          status { state crossCheck isTerminal version freshness { stale } }
        }
      }`,
      variables: { uuid },
    });
    for await (const { data, errors } of events) {
      assert.equal(errors, undefined);
      assert.ok(data);
      yield data.flowUpdated.status;
    }
  }

  return { ...gateway, follow };
}

/**
 * Follows a flow to its end, which must come once and behind versions that only grow, and answers
 * the last status with those before it.
 */
export async function followToEnd(story: OpenStory, uuid: string) {
  const statuses: SeenStatus[] = [];
  for await (const status of story.follow(uuid)) statuses.push(status);
  const versions = statuses.map(({ version }) => version);
  assert.deepEqual(
    versions,
    versions.toSorted((one, next) => one - next),
  );
  const last = statuses.pop();
  assert.ok(last?.isTerminal);
  assert.ok(statuses.every(({ isTerminal }) => !isTerminal));
  return { last, before: statuses };
}

/** The states of the documents of a flow, by id. */
export async function documentStates(story: OpenStory, uuid: string) {
  const { data, errors } = await story.ask(
    'query ($uuid: String!) { flow(uuid: $uuid) { documents { documentId state } } }',
    { uuid },
  );
  assert.equal(errors, undefined);
  const documents: { documentId: string; state: string }[] = data.flow.documents;
  return Object.fromEntries(documents.map(({ documentId, state }) => [documentId, state]));
}

/** Opens a flow of an application id and uploads files to it, which must go well. */
export async function openAndUpload(story: OpenStory, applicationId: string, ...names: string[]) {
  const uuid = await story.openFlow(applicationId);
  const { data, errors } = await story.upload(uuid, ...names);
  assert.equal(errors, undefined);
  assert.deepEqual(data.uploadDocuments.userErrors, []);
  return uuid;
}

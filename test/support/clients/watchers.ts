import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { fetchExchange, subscriptionExchange, Client as UrqlClient } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { createAtlasClient } from '../../../clients/web/src/client.ts';
import { createApollo } from '../../../docs/guides/samples/apollo.ts';
import { createStream } from '../../../docs/guides/samples/graphql-sse.ts';
import { createSocket } from '../../../docs/guides/samples/graphql-ws.ts';
import { createUrql } from '../../../docs/guides/samples/urql.ts';
import { waitForEnd } from '../../../docs/guides/samples/wait-for-flow.ts';
import { type WatchedFlow, watchFlow } from './operations.ts';

/** The callbacks of one watch. */
export interface WatchSink {
  readonly onState: (state: string) => void;
  /** Called when the client has given up, or has taken the subscription for complete. */
  readonly onOver: () => void;
}

/** Watches one flow with one client; returns a function that stops. */
export type Watcher = (
  connection: {
    readonly url: string;
    /** The token of the moment. */
    readonly getToken: () => Promise<string>;
    /** The first token, for clients that are given no other. */
    readonly token: string;
    readonly uuid: string;
  },
  sink: WatchSink,
) => () => unknown;

const stateOf = (data: WatchedFlow | null | undefined) => data?.flowUpdated.status.state;

interface Result {
  readonly data?: WatchedFlow | null;
}

/** The common interface of the clients of graphql-ws and graphql-sse. */
interface Subscriber {
  subscribe(
    operation: { query: string; variables: Record<string, unknown> },
    sink: {
      next: (result: Result) => void;
      error: (failure: unknown) => void;
      complete: () => void;
    },
  ): () => void;
  dispose(): unknown;
}

function watchBy(client: Subscriber, uuid: string, { onState, onOver }: WatchSink): () => unknown {
  const operation = { query: watchFlow, variables: { uuid } };
  client.subscribe(operation, {
    next: ({ data }) => onState(stateOf(data) ?? 'none'),
    error: onOver,
    complete: onOver,
  });
  return () => client.dispose();
}

function watchByApollo(apollo: ApolloClient, uuid: string, { onState, onOver }: WatchSink): void {
  apollo.subscribe<WatchedFlow>({ query: gql(watchFlow), variables: { uuid } }).subscribe({
    next: ({ data, error }) => (error ? onOver() : onState(stateOf(data) ?? 'none')),
    complete: onOver,
    error: onOver,
  });
}

function watchByUrql(urql: UrqlClient, uuid: string, { onState, onOver }: WatchSink): void {
  urql.subscription<WatchedFlow>(watchFlow, { uuid }).subscribe(({ data, error, hasNext }) => {
    const state = stateOf(data);
    if (state !== undefined) onState(state);
    if (error || !hasNext) onOver();
  });
}

const socketUrl = (url: string) => url.replace(/^http/, 'ws');

/**
 * Every client that is tried, by the name of its row in `docs/guides/frontend.md`: the kit, clients
 * with the options of the guides, and clients with a URL, a key and nothing else.
 */
export const watchers = {
  'the kit'({ url, getToken, uuid }, { onState, onOver }) {
    const client = createAtlasClient({ url, getToken });
    client.watchFlow(uuid, {
      onFlow: ({ status }) => onState(status.state),
      onEnd: onOver,
      onError: onOver,
    });
    return () => client.close();
  },
  'graphql-ws with these options': ({ url, getToken, uuid }, sink) =>
    watchBy(createSocket(url, getToken), uuid, sink),
  'graphql-sse with these options': ({ url, getToken, uuid }, sink) =>
    watchBy(createStream(url, getToken), uuid, sink),
  'Apollo with these options'({ url, getToken, uuid }, sink) {
    const socket = createSocket(url, getToken);
    watchByApollo(createApollo(url, getToken, socket), uuid, sink);
    return () => socket.dispose();
  },
  'urql with these options'({ url, getToken, uuid }, sink) {
    const socket = createSocket(url, getToken);
    watchByUrql(createUrql(url, getToken, socket), uuid, sink);
    return () => socket.dispose();
  },
  '`waitForFlow` as below'({ url, getToken, uuid }, { onState, onOver }) {
    onState('unknown');
    waitForEnd(url, getToken, uuid).then(onState).then(onOver, onOver);
    return () => {};
  },
  'graphql-ws by default'({ url, token, uuid }, sink) {
    const connectionParams = { authorization: `Bearer ${token}` };
    return watchBy(createSocketClient({ url: socketUrl(url), connectionParams }), uuid, sink);
  },
  'graphql-sse by default'({ url, token, uuid }, sink) {
    const headers = { authorization: `Bearer ${token}` };
    return watchBy(createSseClient({ url, headers }), uuid, sink);
  },
  'Apollo over graphql-ws by default'({ url, token, uuid }, sink) {
    const connectionParams = { authorization: `Bearer ${token}` };
    const socket = createSocketClient({ url: socketUrl(url), connectionParams });
    const link = new GraphQLWsLink(socket);
    watchByApollo(new ApolloClient({ cache: new InMemoryCache(), link }), uuid, sink);
    return () => socket.dispose();
  },
  'urql over graphql-sse by default'({ url, token, uuid }, sink) {
    const stream = createSseClient({ url, headers: { authorization: `Bearer ${token}` } });
    const urql = new UrqlClient({
      url,
      preferGetMethod: false,
      exchanges: [
        fetchExchange,
        subscriptionExchange({
          forwardSubscription: ({ query = '', variables = {} }) => ({
            subscribe: (to) => ({ unsubscribe: stream.subscribe({ query, variables }, to) }),
          }),
        }),
      ],
    });
    watchByUrql(urql, uuid, sink);
    return () => stream.dispose();
  },
} satisfies Record<string, Watcher>;

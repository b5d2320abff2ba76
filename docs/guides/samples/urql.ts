import { createGraphcacheOptions } from '@atlas-gateway/client/urql';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import type { Sink, Client as Socket } from 'graphql-ws';

/** urql with subscriptions over a socket that comes back, and a cache that knows the graph. */
export function createUrql(url: string, getToken: () => Promise<string>, socket: Socket): Client {
  return new Client({
    url,
    preferGetMethod: false,
    async fetch(input, init) {
      const authorization = `Bearer ${await getToken()}`;
      return fetch(input, { ...init, headers: { ...init?.headers, authorization } });
    },
    exchanges: [
      cacheExchange(createGraphcacheOptions()),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          // Both describe the same result; their types differ in how they write an absent member.
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables }, sink as Sink),
          }),
        }),
      }),
    ],
  });
}

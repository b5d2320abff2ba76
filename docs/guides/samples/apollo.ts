import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createCacheOptions } from '@atlas-gateway/client/apollo';
import { OperationTypeNode } from 'graphql';
import type { Client } from 'graphql-ws';

/** Apollo Client with subscriptions over a socket that comes back, and a cache that knows the graph. */
export function createApollo(
  url: string,
  getToken: () => Promise<string>,
  socket: Client,
): ApolloClient {
  const authorize = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${await getToken()}` },
  }));
  return new ApolloClient({
    cache: new InMemoryCache(createCacheOptions()),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      authorize.concat(new HttpLink({ uri: url })),
    ),
  });
}

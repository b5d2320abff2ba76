import { toIndented, toTemplate, type WriteCode } from './copied.ts';
import { toSocketUrl } from './javascript.ts';

/** Apollo Client 4, with graphql-ws for subscriptions and the cache options of the client kit. */
export const writeApollo: WriteCode = ({ url, query, variables, kind }) => {
  const isSubscription = kind === 'subscription';
  const imports = isSubscription
    ? `import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createCacheOptions } from '@atlas-gateway/client/apollo';
import { createClient } from 'graphql-ws';
`
    : `import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { createCacheOptions } from '@atlas-gateway/client/apollo';
`;
  const link = isSubscription
    ? `new GraphQLWsLink(
    createClient({
      url: ${JSON.stringify(toSocketUrl(url))},
      connectionParams: () => ({ authorization: \`Bearer \${process.env.ATLAS_GATEWAY_KEY}\` }),
      shouldRetry: () => true,
      retryAttempts: Infinity,
    }),
  )`
    : `new HttpLink({
    uri: ${JSON.stringify(url)},
    headers: { authorization: \`Bearer \${process.env.ATLAS_GATEWAY_KEY}\` },
  })`;
  return `${imports}
const client = new ApolloClient({
  cache: new InMemoryCache(createCacheOptions()),
  link: ${link},
});

const document = gql${toTemplate(query)};

const variables = ${toIndented(variables, '')};

${toCall[kind]}
`;
};

const toCall = {
  query: `const { data } = await client.query({ query: document, variables });
console.log(JSON.stringify(data, null, 2));`,
  mutation: `const { data } = await client.mutate({ mutation: document, variables });
console.log(JSON.stringify(data, null, 2));`,
  subscription: `client.subscribe({ query: document, variables }).subscribe({
  next: ({ data }) => console.log(JSON.stringify(data)),
  error: (error) => console.error(error),
});`,
};

import { toIndented, toTemplate, type WriteCode } from './copied.ts';

const kit = (url: string) => `import { createAtlasClient } from '@atlas-gateway/client';

const client = createAtlasClient({
  url: ${JSON.stringify(url)},
  getToken: async () => process.env.ATLAS_GATEWAY_KEY,
});
`;

/** JavaScript with the client kit; with graphql-ws for a subscription that the kit has not. */
export const writeJavaScript: WriteCode = ({ url, query, variables, kind, watched }) => {
  if (watched) {
    return `${kit(url)}
client.watchFlow(
  ${JSON.stringify(watched.uuid)},
  {
    onFlow: (flow) => console.log(JSON.stringify(flow)),
    onError: ({ code }) => console.error(code),
    onEnd: () => client.close(),
  },
  {
    select: ${toTemplate(watched.select)},
  },
);
`;
  }
  if (kind === 'subscription') {
    return `import { createClient } from 'graphql-ws';

const client = createClient({
  url: ${JSON.stringify(toSocketUrl(url))},
  connectionParams: () => ({ authorization: \`Bearer \${process.env.ATLAS_GATEWAY_KEY}\` }),
  shouldRetry: () => true,
  retryAttempts: Infinity,
});

const query = ${toTemplate(query)};

const variables = ${toIndented(variables, '')};

for await (const result of client.iterate({ query, variables })) {
  console.log(JSON.stringify(result));
}
`;
  }
  return `${kit(url)}
const query = ${toTemplate(query)};

const variables = ${toIndented(variables, '')};

const { data, errors } = await client.request(query, variables);
console.log(JSON.stringify({ data, errors }, null, 2));
client.close();
`;
};

/** The address of the graph for a WebSocket. */
export function toSocketUrl(url: string): string {
  return url.replace(/^http/, 'ws');
}

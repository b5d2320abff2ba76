import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { listen } from '../listen.ts';
import { createPeerContext, type PeerContext, resolvers, typeDefs } from './graph.ts';
import { servePeer } from './serve.ts';

/** The same questions through Yoga as it comes. */
servePeer(async (atlas) => {
  const yoga = createYoga<object, PeerContext>({
    schema: createSchema<PeerContext>({ typeDefs, resolvers }),
    context: () => createPeerContext(atlas),
  });
  return `${await listen(createServer(yoga))}/graphql`;
});

import fastify from 'fastify';
import mercurius from 'mercurius';
import { createPeerContext, type PeerContext, resolvers, typeDefs } from '../graph.ts';
import { servePeer } from '../serve.ts';

declare module 'mercurius' {
  interface MercuriusContext extends PeerContext {}
}

/** Bare Mercurius: the same operations, each compiled by its JIT at the first use. */
servePeer(async (atlas) => {
  const app = fastify();
  await app.register(mercurius, {
    schema: typeDefs,
    resolvers,
    jit: 1,
    context: () => createPeerContext(atlas),
  });
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
});

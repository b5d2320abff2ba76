import { serveDuties } from '../processes.ts';
import { type BareAtlas, startBareAtlas } from './atlas.ts';

export interface PeerDuties {
  /** Answers where it takes GraphQL, once it has a token of the upstream. */
  readonly serve: (atlasUrl: string) => Promise<string>;
  readonly [name: string]: (argument: never) => unknown;
}

/** Serves GraphQL beside the gateway, in this process; `start` answers where. */
export function servePeer(start: (atlas: BareAtlas) => Promise<string>): void {
  const duties: PeerDuties = {
    serve: async (atlasUrl: string) => await start(await startBareAtlas(atlasUrl)),
  };
  serveDuties(duties);
}

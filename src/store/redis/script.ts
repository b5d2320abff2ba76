import { createHash } from 'node:crypto';
import type { RedisLink } from './link.ts';

/** The result of a script: Redis knows no other shapes. */
export type Reply = null | number | string | readonly Reply[];

/** Runs a script under a root that all its keys begin with. */
export type Script = (root: string, ...values: readonly (string | number)[]) => Promise<Reply>;

/** Redis runs a script whole, and nothing of anybody else between its steps. */
export function createScript(link: RedisLink, lua: string): Script {
  const sha1 = createHash('sha1').update(lua).digest('hex');
  return (root, ...values) =>
    link.run(async (redis) => {
      try {
        return toReply(await redis.evalsha(sha1, 1, root, ...values));
      } catch (error) {
        // It forgets scripts when it starts; only then is the text sent.
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return toReply(await redis.eval(lua, 1, root, ...values));
      }
    });
}

function toReply(given: unknown): Reply {
  if (Array.isArray(given)) return given.map(toReply);
  return typeof given === 'string' || typeof given === 'number' ? given : null;
}

/** The rows of an answer. */
export function toRows(reply: Reply | undefined): readonly Reply[] {
  return typeof reply === 'object' && reply !== null ? reply : [];
}

/** The text of an answer, or of a part of one; null where there is none. */
export function toText(reply: Reply | undefined): string | null {
  return typeof reply === 'string' ? reply : null;
}

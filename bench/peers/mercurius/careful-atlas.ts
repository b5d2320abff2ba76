import type { BareAtlas } from '../atlas.ts';

const timeoutMs = 10_000;
const tries = 2;

/** The upstream with a timeout and one retry for each call, and identical reads sent once. */
export function createCarefulAtlas(atlas: BareAtlas): BareAtlas {
  return {
    status: shared((flowUuid) => retried(() => atlas.status(flowUuid))),
    extracts: shared((flowUuid) => retried(() => atlas.extracts(flowUuid))),
    match: (addresses) => retried(() => atlas.match(addresses)),
  };
}

/** Joins a read that is under way for the same flow. */
function shared<Answer>(read: (flowUuid: string) => Promise<Answer>) {
  const inFlight = new Map<string, Promise<Answer>>();
  return (flowUuid: string): Promise<Answer> => {
    const running = inFlight.get(flowUuid);
    if (running !== undefined) return running;
    const started = read(flowUuid).finally(() => inFlight.delete(flowUuid));
    inFlight.set(flowUuid, started);
    return started;
  };
}

async function retried<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withinTimeout(call());
    } catch (error) {
      if (attempt === tries) throw error;
    }
  }
}

async function withinTimeout<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the upstream was too slow')), timeoutMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

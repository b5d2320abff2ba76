import type { TenantId } from '../../tenant-id.ts';
import { type EventLog, eventKinds, type LoggedEvent } from '../event-log.ts';
import type { RedisLink } from './link.ts';
import { loggedChannel, readBounds, readLog } from './log-scripts.ts';
import { tenantOf, tenantRoot } from './register-context.ts';
import { createScript, type Reply, toRows } from './script.ts';

/** The log in Redis. Hints come by a connection of their own, which is closed with the link. */
export function createRedisLog(link: RedisLink): EventLog {
  const bounds = createScript(link, readBounds);
  const read = createScript(link, readLog);
  const listeners = new Set<(tenantId: TenantId) => void>();
  let isListening = false;

  function openEar(): void {
    isListening = true;
    const ear = link.open();
    ear.on('message', (_channel: string, prefix: string) => {
      const tenantId = tenantOf(prefix);
      if (tenantId === null) return;
      for (const listener of [...listeners]) listener(tenantId);
    });
    // After a connection that broke it subscribes again by itself.
    ear.subscribe(loggedChannel).catch(() => {});
  }

  return {
    async bounds(tenantId) {
      const [oldest, last] = toRows(await bounds(tenantRoot(tenantId))).map(Number);
      return { oldest: oldest ?? 1, last: last ?? 0 };
    },
    async read(tenantId, { after, first, since, flowUuid, applicationId, kinds = eventKinds }) {
      const reply = await read(
        tenantRoot(tenantId),
        after,
        first,
        since ?? '',
        flowUuid === undefined ? '' : `=${flowUuid}`,
        applicationId === undefined ? '' : `=${applicationId}`,
        ...kinds,
      );
      const [oldest, last, readTo, hasNext, events] = toRows(reply);
      return {
        oldest: Number(oldest),
        last: Number(last),
        readTo: Number(readTo),
        hasNext: hasNext === 1,
        events: toRows(events).map(toLoggedEvent),
      };
    },
    listen(listener) {
      if (!isListening) openEar();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** An event; its detail is JSON of our own making. */
function toLoggedEvent(row: Reply): LoggedEvent {
  const [number, word, at, flow, application, batch, detail] = toRows(row).map(String);
  const kinds = [...eventKinds, 'CALL_FAILED'] as const;
  const kind = kinds.find((each) => each === word);
  if (kind === undefined) throw new Error('an event of an unknown kind');
  return {
    number: Number(number),
    kind,
    at: Number(at),
    flowUuid: flow || null,
    applicationId: application || null,
    batchKey: batch || null,
    detail: detail ? JSON.parse(detail) : {},
  };
}

import { useEffect, useState } from 'preact/hooks';
import type { Change } from '../changes.ts';
import type { TimelineEntry, Watching } from '../state.ts';
import { Errors } from './errors.tsx';
import { JsonText } from './json-text.tsx';
import { Progress } from './progress.tsx';

/** Changes of one event that are shown. */
const mostChanges = 12;

/** The events of a subscription, each with its time and what changed. */
export function Timeline({ watching }: { watching: Watching }) {
  const { entries, dropped } = watching;
  const last = entries.at(-1);
  return (
    <>
      <LivenessLine watching={watching} />
      {last && <Progress data={last.result.data} />}
      {dropped > 0 && <p class="empty">{dropped} earlier events are left out.</p>}
      <ol class="timeline" aria-label="Timeline" aria-live="polite" aria-relevant="additions">
        {entries.map((entry, place) => (
          <Entry key={entry.afterMs} entry={entry} isFirst={place === 0 && dropped === 0} />
        ))}
      </ol>
      {last && (
        <details>
          <summary>The latest event as JSON</summary>
          <JsonText label="Latest event as JSON" value={last.result} />
        </details>
      )}
    </>
  );
}

function Entry({ entry, isFirst }: { entry: TimelineEntry; isFirst: boolean }) {
  const { at, afterMs, result, changes } = entry;
  const shown = changes.slice(0, mostChanges);
  return (
    <li>
      <time dateTime={at.toISOString()}>{toClock(at)}</time>
      <span class="after">+{(afterMs / 1000).toFixed(1)} s</span>
      <div>
        {isFirst && !result.errors && <p>The state as it is</p>}
        {result.errors && <Errors errors={result.errors} />}
        {shown.length > 0 && (
          <ul>
            {shown.map((change) => (
              <ChangeLine key={change.path} change={change} />
            ))}
          </ul>
        )}
        {changes.length > mostChanges && <p>and {changes.length - mostChanges} more</p>}
      </div>
    </li>
  );
}

function ChangeLine({ change: { path, from, to } }: { change: Change }) {
  return (
    <li>
      <span class="path">{path}</span>{' '}
      {from !== null && (
        <>
          <s>{toPlain(from)}</s> <span aria-hidden="true">→</span>{' '}
        </>
      )}
      <b>{to === null ? 'gone' : toPlain(to)}</b>
    </li>
  );
}

/** How the subscription fares, with a clock that shows that it lives. */
function LivenessLine({ watching }: { watching: Watching }) {
  const { liveness, startedAt, entries } = watching;
  const [now, setNow] = useState(performance.now());
  const isOver = liveness === 'ended' || liveness === 'stopped';
  useEffect(() => {
    if (isOver) return;
    const timer = setInterval(() => setNow(performance.now()), 1_000);
    return () => clearInterval(timer);
  }, [isOver]);
  const seconds = Math.max(0, Math.round((now - startedAt) / 1000));
  return (
    <p class={`liveness ${liveness}`}>
      <span class="dot" aria-hidden="true" />
      <span role="status">{sentences[liveness]}</span>
      {!isOver && (
        <span aria-hidden="true">
          {' '}
          · {seconds} s · {entries.length} {entries.length === 1 ? 'event' : 'events'}
        </span>
      )}
    </p>
  );
}

const sentences: Readonly<Record<Watching['liveness'], string>> = {
  connecting: 'Connecting…',
  live: 'Connected, waiting for the next change',
  lost: 'The connection is lost. Connecting again…',
  ended: 'Complete: there is nothing more to come',
  stopped: 'Stopped',
};

function toClock(at: Date): string {
  return at.toLocaleTimeString([], { timeStyle: 'medium', hourCycle: 'h23' });
}

/** JSON as a reader writes it: texts without quotes. */
function toPlain(json: string): string {
  const value: unknown = JSON.parse(json);
  return typeof value === 'string' ? value : json;
}

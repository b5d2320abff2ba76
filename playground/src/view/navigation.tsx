import { useEffect, useRef } from 'preact/hooks';
import type { Topic } from '../operation.ts';
import type { State } from '../state.ts';
import { slotOf, topics } from '../topics.ts';

/** The list of topics, in groups. */
export function Navigation({ state, onOpen }: { state: State; onOpen: (id: string) => void }) {
  const part = useRef<HTMLElement>(null);
  const { topicId } = state;
  useEffect(() => {
    const link = part.current?.querySelector(`a[href="#${topicId}"]`);
    link?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [topicId]);

  return (
    <nav aria-label="Operations" ref={part}>
      {groupsOf(topics).map(([group, members]) => (
        <section key={group}>
          <h2>{group}</h2>
          <ul>
            {members.map((topic) => (
              <li key={topic.id}>
                <a
                  href={`#${topic.id}`}
                  aria-current={topic.id === topicId ? 'page' : undefined}
                  onClick={(event) => {
                    event.preventDefault();
                    onOpen(topic.id);
                  }}
                >
                  {topic.title}
                  <Mark topic={topic} state={state} />
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}

/** A sign beside a topic that was run. */
function Mark({ topic, state }: { topic: Topic; state: State }) {
  const run = state.runs[slotOf(topic, 0)];
  if (run === undefined || topic.examples.length > 1) return null;
  const isRunning =
    run.kind === 'asking' ||
    (run.kind === 'watching' && run.liveness !== 'ended' && run.liveness !== 'stopped');
  if (isRunning) return <span class="mark running" role="img" aria-label="running" />;
  const result = run.kind === 'answered' ? run.answer.result : null;
  const watched = run.kind === 'watching' ? run.entries.at(-1)?.result : null;
  const isGood = run.kind !== 'failed' && !(result ?? watched)?.errors?.length;
  return (
    <span
      class={`mark ${isGood ? 'good' : 'bad'}`}
      role="img"
      aria-label={isGood ? 'done' : 'failed'}
    />
  );
}

function groupsOf(all: readonly Topic[]): readonly (readonly [string, readonly Topic[]])[] {
  return [...Map.groupBy(all, ({ group }) => group)];
}

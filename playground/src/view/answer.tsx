import { useEffect, useRef } from 'preact/hooks';
import type { Controller } from '../controller.ts';
import type { Shown } from '../editing.ts';
import type { Answer } from '../graph.ts';
import type { Run, State } from '../state.ts';
import { topics } from '../topics.ts';
import { Errors } from './errors.tsx';
import { JsonText } from './json-text.tsx';
import { Timeline } from './timeline.tsx';

interface AnswerPartProps {
  readonly controller: Controller;
  readonly state: State;
  readonly shown: Shown;
}

/** The answer to the operation in view, or the timeline of a subscription. */
export function AnswerPart({ controller, state, shown }: AnswerPartProps) {
  const run = state.runs[shown.slot];
  const part = useRef<HTMLElement>(null);
  const isBegun =
    run?.kind === 'asking' || (run?.kind === 'watching' && run.liveness === 'connecting');
  useEffect(() => {
    // In one column the answer begins below the editors.
    if (isBegun && matchMedia('(max-width: 899px)').matches) {
      part.current?.scrollIntoView({ block: 'start' });
    }
  }, [isBegun]);

  const place = topics.indexOf(shown.topic);
  const next = topics[place + 1];
  return (
    <section class={run ? 'answer begun' : 'answer'} aria-labelledby="answer" ref={part}>
      <h2 id="answer">{run?.kind === 'watching' ? 'Events' : 'Answer'}</h2>
      <Outcome run={run} />
      {run !== undefined && next !== undefined && (
        <p class="next">
          <a
            href={`#${next.id}`}
            onClick={(event) => {
              event.preventDefault();
              controller.open(next.id);
              document.getElementById('operation')?.focus();
            }}
          >
            Next: {next.title}
          </a>
        </p>
      )}
    </section>
  );
}

function Outcome({ run }: { run: Run | undefined }) {
  if (run === undefined) {
    return <p class="empty">Run the operation, and its answer is shown here.</p>;
  }
  if (run.kind === 'watching') return <Timeline watching={run} />;
  return (
    <>
      <p class="outcome" role="status">
        {toSentence(run)}
      </p>
      {run.kind === 'failed' && (
        <p class="fault" role="alert">
          {run.message}
        </p>
      )}
      {run.kind === 'answered' && <AnswerText answer={run.answer} />}
    </>
  );
}

function AnswerText({ answer }: { answer: Answer }) {
  return (
    <>
      <Errors errors={answer.result.errors ?? []} />
      <JsonText label="Answer as JSON" value={answer.result} />
    </>
  );
}

function toSentence(run: Exclude<Run, { kind: 'watching' }>): string {
  if (run.kind === 'asking') return run.note;
  if (run.kind === 'failed') return 'There is no answer.';
  const { status, durationMs, result } = run.answer;
  const calls = (result.extensions as { atlas?: { calls?: number } } | undefined)?.atlas?.calls;
  const counted =
    calls === undefined ? '' : ` · ${calls} ${calls === 1 ? 'call' : 'calls'} to Atlas`;
  return `Status ${status} · ${durationMs} ms${counted}`;
}

import { useState } from 'preact/hooks';
import type { Controller } from '../controller.ts';
import { type Shown, shownIn } from '../editing.ts';
import type { State } from '../state.ts';
import { topics } from '../topics.ts';
import { CopyDialog } from './copy-dialog.tsx';
import { Editor } from './editor.tsx';
import { Prose } from './prose.tsx';

interface OperationPartProps {
  readonly controller: Controller;
  readonly state: State;
  readonly shown: Shown;
  readonly onAskKey: () => void;
}

/** The operation in view: what it shows, its editors, and the button that runs it. */
export function OperationPart({ controller, state, shown, onAskKey }: OperationPartProps) {
  const [isCopying, setCopying] = useState(false);
  const { topic, example, slot } = shown;
  const { key, journey } = state;
  const run = state.runs[slot];
  const isRunning =
    run?.kind === 'asking' ||
    (run?.kind === 'watching' && run.liveness !== 'ended' && run.liveness !== 'stopped');
  const isKeyMissing = key.key === null && example.authority === 'key';
  const missing = missingIn(shown, state, controller.settings.isSandbox);

  function runByKeyboard(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    start();
  }

  function start(): void {
    if (isKeyMissing) onAskKey();
    else void controller.run();
  }

  return (
    <article aria-labelledby="topic" onKeyDown={runByKeyboard}>
      <h2 id="topic">{topic.title}</h2>
      <p class="shows">
        <Prose text={topic.shows} />
      </p>
      <p class="look">
        <Prose text={topic.look} />
        {controller.settings.hasDocuments && (
          <>
            {' '}
            <a href={`docs/${topic.docs}`}>Read more about it</a>
          </>
        )}
      </p>
      {topic.examples.length > 1 && (
        <div class="examples">
          <label for="example">Kind of error</label>
          <select
            id="example"
            value={String(shown.place)}
            onChange={(event) => controller.choose(Number(event.currentTarget.value))}
          >
            {topic.examples.map(({ title }, place) => (
              <option key={title} value={String(place)}>
                {title}
              </option>
            ))}
          </select>
          <p>
            <Prose text={example.look} />
          </p>
        </div>
      )}
      {missing !== null && <p class="notice">{missing}</p>}
      {isKeyMissing && (
        <p class="notice">
          {controller.settings.isSandbox
            ? 'The operator of this sandbox chose a key. Enter it to run operations.'
            : 'This gateway stands before a real Atlas: operations act on real loan applications. Enter the API key that the operator gave you.'}
        </p>
      )}
      <div class="bar">
        {isRunning ? (
          <button type="button" class="primary" onClick={controller.stop}>
            Stop
          </button>
        ) : (
          <button type="button" class="primary" disabled={missing !== null} onClick={start}>
            {isKeyMissing ? 'Enter key' : 'Run'}
          </button>
        )}
        <button type="button" onClick={() => setCopying(true)}>
          Copy as…
        </button>
        {shown.isEdited && (
          <button type="button" class="quiet" onClick={controller.restore}>
            Undo edits
          </button>
        )}
        <Sender authority={example.authority} hasGrant={journey.grant !== null} />
      </div>
      <Editor
        key={`${slot} query`}
        label="Operation"
        language="graphql"
        text={shown.query}
        keyState={key}
        lazy={controller.lazy}
        readText={() => shownIn(controller.store.get()).query}
        onChange={(text) => controller.edit('query', text)}
        onRun={start}
      />
      <Editor
        key={`${slot} variables`}
        label="Variables"
        language="json"
        text={shown.variables}
        keyState={key}
        lazy={controller.lazy}
        readText={() => shownIn(controller.store.get()).variables}
        onChange={(text) => controller.edit('variables', text)}
        onRun={start}
      />
      {isCopying && (
        <CopyDialog url={controller.url} shown={shown} onClose={() => setCopying(false)} />
      )}
    </article>
  );
}

/** A word about the credentials where they are not the key. */
function Sender({ authority, hasGrant }: { authority: string; hasGrant: boolean }) {
  if (authority === 'wrong-key') return <span class="sender">sent with a wrong key</span>;
  if (authority !== 'grant') return null;
  return <span class="sender">{hasGrant ? 'sent with the grant' : 'sent with a grant'}</span>;
}

/** The reason why an example can't run yet; null where it can, or where the page sees to it. */
function missingIn({ example, isEdited }: Shown, { journey }: State, isSandbox: boolean) {
  const needsGrant = example.needs.includes('grant') && journey.grant === null;
  if (isSandbox || (isEdited && !needsGrant)) return null;
  const titleOf = (id: string) => topics.find((topic) => topic.id === id)?.title ?? id;
  if (example.needs.includes('flow') && journey.flowUuid === null) {
    return `Run “${titleOf('open')}” first, or write the uuid of a flow into the variables.`;
  }
  if (example.needs.includes('batch') && journey.batchId === null) {
    return `Run “${titleOf('batch')}” first, or write the id of a batch into the variables.`;
  }
  return needsGrant ? `Run “${titleOf('grant')}” first.` : null;
}

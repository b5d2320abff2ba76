import { useEffect, useRef, useState } from 'preact/hooks';
import { type Controller, newName } from '../controller.ts';
import { shownIn } from '../editing.ts';
import { AnswerPart } from './answer.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { Navigation } from './navigation.tsx';
import { OperationPart } from './operation.tsx';
import { SchemaPanel } from './schema-panel.tsx';
import { StoriesDialog } from './stories-dialog.tsx';
import { useStateOf } from './use-state-of.ts';

/** The whole page. */
export function App({ controller }: { controller: Controller }) {
  const state = useStateOf(controller.store);
  const { settings } = controller;
  const [opened, setOpened] = useState<'key' | 'stories' | null>(null);
  const [isSchemaOpen, setSchemaOpen] = useState(false);
  const schemaButton = useRef<HTMLButtonElement>(null);
  const shown = shownIn(state);
  const { key, playing } = state;

  useEffect(() => {
    const follow = () => controller.open(location.hash.slice(1));
    addEventListener('hashchange', follow);
    addEventListener('popstate', follow);
    return () => {
      removeEventListener('hashchange', follow);
      removeEventListener('popstate', follow);
    };
  }, [controller]);

  // A key that is refused is asked for anew, wherever it was used.
  const isRefused = key.fault !== null && !key.isChecking;
  useEffect(() => {
    if (isRefused) setOpened('key');
  }, [isRefused]);

  function runJourney(): void {
    if (key.key === null) setOpened('key');
    else void controller.play('The journey', newName('demo'));
  }

  const keyLabel = key.key === null ? 'Enter key' : isRefused ? 'Key refused' : 'Key';
  return (
    <>
      <button type="button" class="skip" onClick={focusOperation}>
        Skip to the operation
      </button>
      <header class="top">
        <div class="brand">
          <h1>Atlas Gateway</h1>
          <p>{settings.isSandbox ? 'Playground · sandbox with synthetic data' : 'Playground'}</p>
        </div>
        <div class="acts">
          {settings.isSandbox && (
            <>
              <button
                type="button"
                class="primary"
                disabled={playing !== null}
                onClick={runJourney}
              >
                Run the journey
              </button>
              <button type="button" onClick={() => setOpened('stories')}>
                Stories
              </button>
            </>
          )}
          <button
            type="button"
            ref={schemaButton}
            aria-expanded={isSchemaOpen}
            aria-controls="schema"
            onClick={() => setSchemaOpen(!isSchemaOpen)}
          >
            Schema
          </button>
          <button
            type="button"
            class={key.key === null || isRefused ? 'attention' : ''}
            onClick={() => setOpened('key')}
          >
            {keyLabel}
          </button>
        </div>
      </header>
      <p class="playing" role="status">
        {playing !== null && <span>{playing} is running…</span>}
      </p>
      <div class="columns">
        <Navigation state={state} onOpen={controller.open} />
        <main id="operation" tabIndex={-1}>
          <OperationPart
            key={shown.topic.id}
            controller={controller}
            state={state}
            shown={shown}
            onAskKey={() => setOpened('key')}
          />
          <AnswerPart key={shown.slot} controller={controller} state={state} shown={shown} />
        </main>
        {isSchemaOpen && (
          <SchemaPanel
            lazy={controller.lazy}
            keyState={key}
            onAskKey={() => setOpened('key')}
            onClose={() => {
              setSchemaOpen(false);
              schemaButton.current?.focus();
            }}
          />
        )}
      </div>
      {opened === 'key' && <KeyDialog controller={controller} onClose={() => setOpened(null)} />}
      {opened === 'stories' && (
        <StoriesDialog controller={controller} onClose={() => setOpened(null)} />
      )}
    </>
  );
}

function focusOperation(): void {
  document.getElementById('operation')?.focus();
}

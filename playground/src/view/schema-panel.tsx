import type { GraphQLSchema } from 'graphql';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LazyParts } from '../lazy-parts.ts';
import type { KeyState } from '../state.ts';

interface SchemaPanelProps {
  readonly lazy: LazyParts;
  readonly keyState: KeyState;
  readonly onAskKey: () => void;
  readonly onClose: () => void;
}

type Browser = Awaited<ReturnType<LazyParts['loadSchemaBrowser']>>;

/** The documentation of the schema beside the operation; it works as soon as there is a key. */
export function SchemaPanel({ lazy, keyState, onAskKey, onClose }: SchemaPanelProps) {
  const { key, fault } = keyState;
  const [shown, setShown] = useState<{ browser: Browser; schema: GraphQLSchema } | null>(null);
  const [message, setMessage] = useState<string | null>(null);
  const close = useRef<HTMLButtonElement>(null);

  useEffect(() => close.current?.focus(), []);
  useEffect(() => {
    setMessage(null);
    if (key === null || fault !== null) return setShown(null);
    let isGone = false;
    void Promise.all([lazy.loadSchemaBrowser(), lazy.readSchema(key)]).then(([browser, loaded]) => {
      if (isGone) return;
      if ('fault' in loaded) setMessage(loaded.fault);
      else setShown({ browser, schema: loaded.schema });
    });
    return () => {
      isGone = true;
    };
  }, [lazy, key, fault]);

  const isKeyMissing = key === null || fault !== null;
  return (
    <aside
      id="schema"
      aria-labelledby="schema-title"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <header>
        <h2 id="schema-title">Schema</h2>
        <button type="button" class="quiet" ref={close} onClick={onClose}>
          Close
        </button>
      </header>
      {isKeyMissing && (
        <>
          <p>{fault ?? 'The gateway shows its schema to callers with a key.'}</p>
          <button type="button" class="primary" onClick={onAskKey}>
            Enter key
          </button>
        </>
      )}
      {message !== null && (
        <p class="fault" role="alert">
          {message}
        </p>
      )}
      {!isKeyMissing && message === null && shown === null && <p role="status">Loading…</p>}
      {shown !== null && <shown.browser.SchemaBrowser schema={shown.schema} />}
    </aside>
  );
}

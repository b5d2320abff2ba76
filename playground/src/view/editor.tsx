import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { LazyParts } from '../lazy-parts.ts';
import type { KeyState } from '../state.ts';
import type { CodeEditor, EditorLanguage } from './code-editor.ts';

interface EditorProps {
  readonly label: string;
  readonly language: EditorLanguage;
  readonly text: string;
  readonly keyState: KeyState;
  readonly lazy: LazyParts;
  /** Returns the text as it is now, also where it has not been rendered yet. */
  readonly readText: () => string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

/**
 * An editor of code. It begins as a plain text area, which works at once; the code editor takes its
 * place when it has been loaded and nobody writes in the text area.
 */
export function Editor({
  label,
  language,
  text,
  keyState,
  lazy,
  readText,
  onChange,
  onRun,
}: EditorProps) {
  const id = useId();
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | null>(null);
  const [isPlain, setPlain] = useState(true);
  const acts = useRef({ readText, onChange, onRun });
  acts.current = { readText, onChange, onRun };
  const latest = useRef(text);
  latest.current = text;

  useEffect(() => {
    let isGone = false;
    void lazy.loadEditor().then(async ({ createCodeEditor }) => {
      const area = document.getElementById(id);
      if (area !== null && document.activeElement === area) {
        await new Promise((resolve) => area.addEventListener('blur', resolve, { once: true }));
      }
      if (isGone || host.current === null) return;
      editor.current = createCodeEditor({
        host: host.current,
        language,
        label,
        text: latest.current,
        onChange: (changed) => acts.current.onChange(changed),
        onRun: () => acts.current.onRun(),
      });
      setPlain(false);
    });
    return () => {
      isGone = true;
      editor.current?.close();
    };
  }, [id, label, language, lazy]);

  // Rendered later than the next letter may come, `text` may be an older one: the state is not.
  const rendered = useRef(text);
  useEffect(() => {
    if (rendered.current === text) return;
    rendered.current = text;
    editor.current?.setText(acts.current.readText());
  }, [text]);

  const { key, fault } = keyState;
  useEffect(() => {
    if (isPlain || language !== 'graphql' || key === null || fault !== null) return;
    void lazy.readSchema(key).then((loaded) => {
      if ('schema' in loaded) editor.current?.setSchema(loaded.schema);
    });
  }, [isPlain, language, key, fault, lazy]);

  const lines = Math.max(text.split('\n').length, 2);
  return (
    <section class="editor">
      {isPlain ? (
        <label for={id}>{label}</label>
      ) : (
        <span class="label" aria-hidden="true">
          {label}
        </span>
      )}
      {isPlain && (
        <textarea
          id={id}
          rows={Math.min(lines, 30)}
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          value={text}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )}
      <div ref={host} hidden={isPlain} />
    </section>
  );
}

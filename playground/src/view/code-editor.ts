import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { Annotation, EditorState } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { graphql, updateSchema } from 'cm6-graphql';
import type { GraphQLSchema } from 'graphql';

export type EditorLanguage = 'graphql' | 'json';

export interface CodeEditorOptions {
  readonly host: HTMLElement;
  readonly language: EditorLanguage;
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly onRun: () => void;
}

export interface CodeEditor {
  /** Shows a text; does nothing where it is there already. */
  setText(text: string): void;
  /** Completes and checks against a schema. */
  setSchema(schema: GraphQLSchema): void;
  close(): void;
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.propertyName, tags.attributeName], color: 'var(--code-name)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-number)' },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: 'var(--code-variable)' },
  { tag: [tags.typeName, tags.className], color: 'var(--code-type)' },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)' },
]);

const theme = EditorView.theme({
  '&': { fontSize: '13px', color: 'var(--text)', backgroundColor: 'var(--field)' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6', maxHeight: '34rem' },
  '.cm-content': { padding: '10px 2px', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection': {
    backgroundColor: 'var(--selection) !important',
  },
  // By default these are images in the style, which the policy of the page does not let through.
  '.cm-lintRange-error, .cm-lintRange-warning, .cm-lintRange-info, .cm-lintRange-hint': {
    backgroundImage: 'none !important',
    textDecoration: 'underline wavy var(--bad)',
    textUnderlineOffset: '3px',
  },
  '.cm-tooltip': {
    color: 'var(--text)',
    backgroundColor: 'var(--surface)',
    border: '1px solid var(--line)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    color: 'var(--on-accent)',
    backgroundColor: 'var(--accent)',
  },
});

/** Marks a text that the page put there; the person at the editor did not write it. */
const ofPage = Annotation.define<boolean>();

/**
 * Puts a code editor into a shadow tree, where its styles are adopted style sheets: a policy without
 * inline styles lets those through. The Tab key is left to the page, so that the keyboard gets out.
 */
export function createCodeEditor(options: CodeEditorOptions): CodeEditor {
  const { host, language, label, text, onChange, onRun } = options;
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  function runByKeyboard(): boolean {
    onRun();
    return true;
  }
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        // Before the keys of the editor, which would insert a line.
        keymap.of([{ key: 'Mod-Enter', run: runByKeyboard }]),
        history(),
        bracketMatching(),
        closeBrackets(),
        autocompletion(),
        syntaxHighlighting(colours),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap]),
        language === 'graphql' ? graphql() : json(),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        theme,
        EditorView.updateListener.of((update) => {
          const isOfPage = update.transactions.some((each) => each.annotation(ofPage));
          if (update.docChanged && !isOfPage) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    setText(next) {
      const { doc } = view.state;
      if (doc.toString() === next) return;
      view.dispatch({
        changes: { from: 0, to: doc.length, insert: next },
        annotations: ofPage.of(true),
      });
    },
    setSchema: (schema) => updateSchema(view, schema),
    close: () => view.destroy(),
  };
}

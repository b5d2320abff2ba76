import type { LoadedSchema } from './schema.ts';

/** Large parts of the page, each loaded once and not before it is needed. */
export interface LazyParts {
  /** The code editor, loaded when the page has nothing else to do. */
  loadEditor(): Promise<typeof import('./view/code-editor.ts')>;
  loadSchemaBrowser(): Promise<typeof import('./view/schema-browser.tsx')>;
  readSchema(key: string): Promise<LoadedSchema>;
}

export function createLazyParts(url: string): LazyParts {
  let editor: ReturnType<LazyParts['loadEditor']> | undefined;
  let reader: Promise<(key: string) => Promise<LoadedSchema>> | undefined;
  return {
    loadEditor() {
      editor ??= untilIdle().then(() => import('./view/code-editor.ts'));
      return editor;
    },
    loadSchemaBrowser: () => import('./view/schema-browser.tsx'),
    async readSchema(key) {
      reader ??= import('./schema.ts').then(({ createSchemaReader }) => createSchemaReader(url));
      return (await reader)(key);
    },
  };
}

function untilIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Older Safari has no such event.
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 2_000 });
    else setTimeout(resolve, 200);
  });
}

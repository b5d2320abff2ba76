import type { FileToUpload } from '../atlas/atlas.ts';
import { builder } from './builder.ts';
import type { InputCheck } from './user-error.ts';

const mostFiles = 100;

export const FileInputRef = builder.inputType('FileInput', {
  description: 'One file for Atlas to fetch and read.',
  fields: (t) => ({
    documentId: t.string({
      required: true,
      description: 'Your own id of the document, by which the results name it.',
    }),
    url: t.field({
      type: 'URL',
      required: true,
      description: 'Where Atlas fetches the file: public or presigned, and good for a while.',
    }),
  }),
});

/** Checks the files of one upload: 1 to 100, each id once, each address http or https. */
export function checkFiles(check: InputCheck, files: readonly FileToUpload[]): void {
  if (files.length === 0) check.add('EMPTY', ['files'], 'files needs at least one file.');
  if (files.length > mostFiles) {
    check.add('TOO_MANY', ['files'], `files takes at most ${mostFiles} at a time.`);
  }
  const seen = new Set<string>();
  files.slice(0, mostFiles).forEach(({ documentId, url }, place) => {
    check.text(['files', place, 'documentId'], documentId);
    check.url(['files', place, 'url'], url);
    if (seen.has(documentId)) {
      const message = 'documentId stands twice in this call; results could not be told apart.';
      check.add('DUPLICATE', ['files', place, 'documentId'], message);
    }
    seen.add(documentId);
  });
}

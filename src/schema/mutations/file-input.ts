import type { FileToUpload } from '../../atlas/atlas.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import type { InputCheck } from '../user-error.ts';
import { findAddressFault } from './file-address.ts';

const mostFiles = 100;

/** The builder's reference of the GraphQL type `FileInput`. */
export const FileInputRef = builder.inputType('FileInput', {
  description: 'One file for Atlas to fetch and read.',
  fields: (t) => ({
    documentId: t.string({
      required: true,
      description: 'Your own id of the document; the results carry it.',
    }),
    url: t.field({
      type: 'URL',
      required: true,
      description:
        'The address from which Atlas fetches the file. It must use https and a public host. A presigned address must be valid for at least ten minutes. The gateway passes it on unchanged.',
    }),
  }),
});

/**
 * Checks the files of one upload before Atlas is asked: 1 to 100, each id once, each address with
 * one reading, by https unless the tenant allows http, public, on a host that the tenant's files may be
 * on, and good for a while.
 */
export function checkFiles(
  check: InputCheck,
  files: readonly FileToUpload[],
  { tenant, now }: Pick<Operation, 'tenant' | 'now'>,
): void {
  if (files.length === 0) check.add('EMPTY', ['files'], 'files needs at least one file.');
  if (files.length > mostFiles) {
    check.add('TOO_MANY', ['files'], `files takes at most ${mostFiles} at a time.`);
  }
  const { fileHosts: hosts, allowHttpFiles: allowHttp = false } = tenant;
  const rules = { hosts, allowHttp, now: now() };
  const seen = new Set<string>();
  files.slice(0, mostFiles).forEach(({ documentId, url }, place) => {
    check.text(['files', place, 'documentId'], documentId);
    const address = check.url(['files', place, 'url'], url);
    const fault = address && findAddressFault(address, rules);
    if (fault) check.add(fault.code, ['files', place, 'url'], fault.message);
    if (seen.has(documentId)) {
      const message = 'documentId stands twice in this call; results could not be told apart.';
      check.add('DUPLICATE', ['files', place, 'documentId'], message);
    }
    seen.add(documentId);
  });
}

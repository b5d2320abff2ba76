import { useEffect, useState } from 'preact/hooks';
import type { CopiedOperation } from '../copy-as/copied.ts';
import { languages } from '../copy-as/languages.ts';
import type { Shown } from '../editing.ts';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';

interface CopyDialogProps {
  readonly url: string;
  readonly shown: Shown;
  readonly onClose: () => void;
}

type Read = { readonly operation: CopiedOperation } | { readonly fault: string };

/** The operation in view as code of a client. */
export function CopyDialog({ url, shown, onClose }: CopyDialogProps) {
  const [name, setName] = useState(languages[0]?.name);
  const [read, setRead] = useState<Read | null>(null);
  const { query, variables } = shown;
  useEffect(() => {
    void import('../copy-as/read-operation.ts').then(({ readOperation }) => {
      try {
        setRead({ operation: readOperation({ url, query, variables }) });
      } catch (failure) {
        setRead({ fault: failure instanceof Error ? failure.message : '' });
      }
    });
  }, [url, query, variables]);
  const language = languages.find((each) => each.name === name);
  const code = read && 'operation' in read && language ? language.write(read.operation) : null;

  return (
    <Dialog title="Copy as code" onClose={onClose}>
      <fieldset class="choices">
        <legend>Language</legend>
        {languages.map((each) => (
          <label key={each.name}>
            <input
              type="radio"
              name="language"
              checked={each.name === name}
              onChange={() => setName(each.name)}
            />
            {each.name}
          </label>
        ))}
      </fieldset>
      {read && 'fault' in read && <p class="fault">It can’t be copied: {read.fault}</p>}
      {code !== null && (
        <>
          <section class="scrolling" tabIndex={0} aria-label="Code">
            <pre>{code}</pre>
          </section>
          <div class="bar">
            <CopyButton label="Copy" text={code} />
          </div>
          <p class="empty">
            Your key is not in it: put it where ATLAS_GATEWAY_KEY or token stands.
          </p>
        </>
      )}
    </Dialog>
  );
}

import type { GraphQLSchema } from 'graphql';
import { useRef, useState } from 'preact/hooks';
import { findInSchema } from '../find-in-schema.ts';
import { TypePage } from './type-page.tsx';

/** Types and fields to read and to search. */
export function SchemaBrowser({ schema }: { schema: GraphQLSchema }) {
  const [path, setPath] = useState<readonly string[]>([]);
  const [sought, setSought] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);

  function open(name: string): void {
    setPath([...path, name]);
    setSought('');
    queueMicrotask(() => heading.current?.focus());
  }

  const name = path.at(-1);
  const type = name === undefined ? undefined : schema.getType(name);
  return (
    <>
      <label for="sought">Search types and fields</label>
      <input
        id="sought"
        type="search"
        autocomplete="off"
        spellcheck={false}
        value={sought}
        onInput={(event) => setSought(event.currentTarget.value)}
      />
      {sought.trim() !== '' && <Found schema={schema} sought={sought} onOpen={open} />}
      {sought.trim() === '' && (
        <>
          {path.length > 0 && (
            <p>
              <button type="button" class="link" onClick={() => setPath(path.slice(0, -1))}>
                Back to {path.at(-2) ?? 'the start'}
              </button>
            </p>
          )}
          {type === undefined ? (
            <Roots schema={schema} onOpen={open} />
          ) : (
            <TypePage type={type} schema={schema} heading={heading} onOpen={open} />
          )}
        </>
      )}
    </>
  );
}

interface PartProps {
  readonly schema: GraphQLSchema;
  readonly onOpen: (name: string) => void;
}

function Roots({ schema, onOpen }: PartProps) {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return (
    <>
      <p>Begin with what can be read, done or watched:</p>
      <ul class="found">
        {roots.map(
          (root) =>
            root && (
              <li key={root.name}>
                <button type="button" class="link" onClick={() => onOpen(root.name)}>
                  {root.name}
                </button>
              </li>
            ),
        )}
      </ul>
    </>
  );
}

function Found({ schema, sought, onOpen }: PartProps & { readonly sought: string }) {
  const { found, more } = findInSchema(schema, sought);
  return (
    <>
      <p role="status">
        {found.length + more === 0 ? 'Nothing has this name.' : `${found.length + more} found`}
      </p>
      <ul class="found">
        {found.map(({ type, field }) => (
          <li key={`${type}.${field}`}>
            <button type="button" class="link" onClick={() => onOpen(type)}>
              {field === null ? type : `${type}.${field}`}
            </button>
          </li>
        ))}
      </ul>
      {more > 0 && <p>and {more} more</p>}
    </>
  );
}

import { useMemo } from 'preact/hooks';

/** Characters of a text that are shown; a longer one is cut. */
const mostShown = 100_000;
const token =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

/** A value as coloured JSON, in a region that scrolls. */
export function JsonText({ label, value }: { label: string; value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2), [value]);
  const parts = useMemo(() => toParts(text.slice(0, mostShown)), [text]);
  return (
    <>
      <section class="scrolling" tabIndex={0} aria-label={label}>
        <pre class="json">{parts}</pre>
      </section>
      {text.length > mostShown && (
        <p class="empty">
          The first {mostShown.toLocaleString()} of {text.length.toLocaleString()} characters.
        </p>
      )}
    </>
  );
}

function toParts(text: string) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [whole, string, colon, word] = match;
    parts.push(text.slice(end, match.index));
    const kind = colon ? 'name' : string ? 'string' : word ? 'word' : 'number';
    parts.push(<span class={kind}>{colon ? string : whole}</span>, colon ?? '');
    end = match.index + whole.length;
  }
  parts.push(text.slice(end));
  return parts;
}

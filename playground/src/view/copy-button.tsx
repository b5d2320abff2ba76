import { useEffect, useState } from 'preact/hooks';

/** Copies a text, and says so for a moment. */
export function CopyButton({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <>
      <button
        type="button"
        onClick={() =>
          navigator.clipboard.writeText(text).then(
            () => setSaid('Copied'),
            () => setSaid('The browser does not let this page copy'),
          )
        }
      >
        {label}
      </button>
      <span role="status">{said}</span>
    </>
  );
}

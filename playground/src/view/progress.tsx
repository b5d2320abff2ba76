const stages = [
  ['upload', 'Upload'],
  ['processing', 'Reading'],
  ['crossCheck', 'Comparison'],
] as const;

/** The stages of a flow or the count of a batch, where an event tells of them. */
export function Progress({ data }: { data: unknown }) {
  const status = memberOf(memberOf(data, 'flowUpdated'), 'status');
  if (status !== undefined) return <Stages status={status} />;
  const progress = memberOf(memberOf(data, 'batchUpdated'), 'progress');
  const [submitted, arrived] = [memberOf(progress, 'submitted'), memberOf(progress, 'arrived')];
  if (typeof submitted !== 'number' || typeof arrived !== 'number') return null;
  return (
    <p class="count">
      <label for="count">
        {arrived} of {submitted} documents have a result
      </label>
      <progress id="count" max={submitted} value={arrived} />
    </p>
  );
}

function Stages({ status }: { status: unknown }) {
  const known = stages.flatMap(([name, title]) => {
    const state = memberOf(status, name);
    return typeof state === 'string' ? [{ title, state }] : [];
  });
  if (known.length === 0) return null;
  return (
    <ol class="stages" aria-label="Stages">
      {known.map(({ title, state }) => (
        <li key={title} data-state={state}>
          <b>{title}</b> <span>{state.toLowerCase().replaceAll('_', ' ')}</span>
        </li>
      ))}
    </ol>
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

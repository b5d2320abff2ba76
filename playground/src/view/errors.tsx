import type { GraphError } from '../graph.ts';

/** Errors that are told in words; the JSON has all. */
const mostErrors = 5;

/** The errors of a result in words. */
export function Errors({ errors }: { errors: readonly GraphError[] }) {
  return (
    <>
      {errors.slice(0, mostErrors).map(({ message, path = [], extensions }) => (
        <p class="fault" role="alert" key={`${path.join('.')} ${message}`}>
          {extensions?.code && <strong>{extensions.code}</strong>} {message}
          {extensions?.retryable && ' It can be repeated.'}
        </p>
      ))}
    </>
  );
}

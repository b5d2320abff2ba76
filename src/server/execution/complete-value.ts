import type { GraphQLObjectType, GraphQLResolveInfo } from 'graphql';

/** What one execution of a query is given. */
export interface Given {
  readonly context: unknown;
  /** Checked, and as resolvers take them. */
  readonly variables: { [name: string]: unknown };
}

export type Path = GraphQLResolveInfo['path'] | undefined;

/** Makes of what a resolver gave what the answer shows. */
export type Complete = (
  value: unknown,
  given: Given,
  info: GraphQLResolveInfo,
  path: Path,
) => unknown;

/** Runs what is asked of one object. */
export type Select = (source: unknown, given: Given, path: Path) => unknown;

/** One field of an object, under the name it has in the answer. */
export interface Field {
  readonly name: string;
  readonly run: Select;
}

/** Runs fields in their order; promises among them are waited for together. */
export function runFields(fields: readonly Field[]): Select {
  return (source, given, path) => {
    const shown: Record<string, unknown> = {};
    let pending: Promise<unknown>[] | undefined;
    try {
      for (const { name, run } of fields) {
        const value = run(source, given, path);
        shown[name] = value;
        if (!isPromise(value)) continue;
        pending ??= [];
        pending.push(
          value.then((resolved) => {
            shown[name] = resolved;
            return shown;
          }),
        );
      }
    } catch (error) {
      pending?.forEach(letFail);
      throw error;
    }
    if (pending === undefined) return shown;
    return pending.length === 1 ? pending[0] : Promise.all(pending).then(() => shown);
  };
}

/** Completes each entry; entries that are promises are waited for together. */
export function completeList(complete: Complete): Complete {
  return (value, given, info, path) => {
    if (!isList(value)) throw new Error('not a list');
    const shown: unknown[] = [];
    let isPending = false;
    try {
      for (const entry of value) {
        const at = path && { prev: path, key: shown.length, typename: undefined };
        const completed = isPromise(entry)
          ? entry.then((resolved) => complete(resolved, given, info, at))
          : complete(entry, given, info, at);
        isPending ||= isPromise(completed);
        shown.push(completed);
      }
    } catch (error) {
      shown.filter(isPromise).forEach(letFail);
      throw error;
    }
    return isPending ? Promise.all(shown) : shown;
  };
}

/** A list, or what is read like one; a text is none. */
function isList(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** Completes an object of a type that is known. */
export function completeObject({ isTypeOf }: GraphQLObjectType, select: Select): Complete {
  if (!isTypeOf) return (value, given, _info, path) => select(value, given, path);
  return (value, given, info, path) => {
    if (isTypeOf(value, given.context, info) !== true) throw new Error('of another type');
    return select(value, given, path);
  };
}

/** Completes an object of a type that has to be asked for first. */
export function completeNamed(
  toName: (value: unknown, given: Given, info: GraphQLResolveInfo) => unknown,
  completeOf: (name: unknown) => Complete,
): Complete {
  return (value, given, info, path) => {
    const name = toName(value, given, info);
    return isPromise(name)
      ? name.then((resolved) => completeOf(resolved)(value, given, info, path))
      : completeOf(name)(value, given, info, path);
  };
}

/** Completes what may be missing. */
export function orNull(complete: Complete): Complete {
  return (value, given, info, path) => {
    if (value == null) return null;
    if (value instanceof Error) throw value;
    return complete(value, given, info, path);
  };
}

/** Completes what must be there. */
export function required(complete: Complete): Complete {
  return (value, given, info, path) => {
    if (value instanceof Error) throw value;
    return complete(notNull(value), given, info, path);
  };
}

/** A member of what was resolved before; one that would have to be called is not for here. */
export function propertyOf(source: unknown, name: string): unknown {
  const value = (source as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  if (typeof value === 'function') throw new Error('to be called');
  return value;
}

/** What must not be null. */
export function notNull(value: unknown): unknown {
  if (value == null) throw new Error('null where none may be');
  return value;
}

export function isPromise(value: unknown): value is Promise<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  // Whatever it is: to ask whether it has such a member takes longer than to look.
  return typeof (value as { readonly then?: unknown }).then === 'function';
}

/** Somebody else tells how it fails. */
function letFail(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

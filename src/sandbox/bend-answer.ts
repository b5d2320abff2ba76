import type { EndpointName } from '../atlas/api/endpoints.ts';
import { toDrifted } from './drift.ts';
import { isRecord } from './is-record.ts';

/** Another shape for an answer that is right otherwise. */
export type Bend = 'extra-members' | 'wrong-types' | 'drift';

/**
 * - `extra-members`: every object in the answer has members more that nobody documented.
 * - `wrong-types`: every leaf has another type: texts are numbers and numbers texts, lists objects.
 * - `drift`: what Atlas may do one day without notice, and still mean well; see `drift.ts`.
 */
export function bendAnswer(bend: Bend, name: EndpointName, body: unknown): unknown {
  switch (bend) {
    case 'extra-members':
      return withExtraMembers(body);
    case 'wrong-types':
      return withWrongTypes(body);
    case 'drift':
      return toDrifted(name, body);
  }
}

function withExtraMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withExtraMembers);
  if (!isRecord(value)) return value;
  const kept = mapMembers(value, withExtraMembers);
  return { ...kept, extra_text: 'SAMPLE', extra_list: [1, null], extra_object: { of: 'sample' } };
}

function withWrongTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(withWrongTypes);
  if (isRecord(value)) {
    return Object.keys(value).length === 0 ? [] : mapMembers(value, withWrongTypes);
  }
  switch (typeof value) {
    case 'string':
      return value.length;
    case 'number':
      return String(value);
    case 'boolean':
      return Number(value);
    default:
      return false;
  }
}

function mapMembers(
  record: Readonly<Record<string, unknown>>,
  change: (value: unknown) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

import type { z } from 'zod';
import { shortErrorResponse } from './error-response.ts';
import { isRecord } from './is-record.ts';

/**
 * The body of an upload or a flow in its documented shape. A member that is missing, empty or
 * of the wrong kind is refused by name in Atlas's own words (CONTRACT 3.3).
 */
export function loadBody<Shape extends z.ZodType>(shape: Shape, body: unknown): z.output<Shape> {
  const parsed = shape.safeParse(isRecord(body) ? withoutEmptyMembers(body) : {});
  if (parsed.success) return parsed.data;
  const names = new Set(parsed.error.issues.map((issue) => lastName(issue.path)));
  throw shortErrorResponse(
    400,
    `Missing or empty required parameters: ${toPythonList([...names])}`,
  );
}

/** One member of the query, refused by name when it is missing or empty (CONTRACT 3.3). */
export function loadQueryMember(query: Readonly<Record<string, string>>, name: string): string {
  const value = query[name];
  if (value) return value;
  throw shortErrorResponse(400, `Missing required ${toPythonList([name])} parameters`);
}

function toPythonList(names: readonly string[]): string {
  return `[${names.map((name) => `'${name}'`).join(', ')}]`;
}

function lastName(path: readonly PropertyKey[]): string {
  return path.findLast((step) => typeof step === 'string') ?? '';
}

/** Empty counts as missing: at the top and in the entries of a list, not inside `flow_params`. */
function withoutEmptyMembers(record: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(record).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(
    kept.map(([name, value]) => [
      name,
      Array.isArray(value)
        ? value.map((entry: unknown) => (isRecord(entry) ? withoutEmptyMembers(entry) : entry))
        : value,
    ]),
  );
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === null || (Array.isArray(value) && value.length === 0);
}

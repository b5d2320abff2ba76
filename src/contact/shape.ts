/*
 * The shape of JSON: member names, types and formats. No value is part of a shape, so a shape may be
 * printed, kept and passed on.
 */

/** The shape of one or more values that stand in the same place, such as the entries of a list. */
interface Shape {
  /** The formats of the values that have no members, in the order in which they came. */
  readonly formats: Set<string>;
  readonly members: Map<string, Shape>;
  /** The shape of list entries; null if no value is a list with entries. */
  entries: Shape | null;
}

/** The shape of one JSON value, as lines of text, indented by two blanks for each level. */
export function toShapeLines(value: unknown, level = 0): string[] {
  const shape = createShape();
  addTo(shape, value, 0);
  return toLines(shape, level);
}

/** The type and format of a value that has no members, such as `UUID` or `12 digits`; never the value. */
export function toFormat(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'empty list' : 'list';
  if (typeof value === 'object') return Object.keys(value).length === 0 ? 'empty object' : 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal number';
  if (typeof value !== 'string') return typeof value;
  return formats.find(([, pattern]) => pattern.test(value))?.[0] ?? 'text';
}

/**
 * A member name as it may be printed. A name that does not look like one a programmer chose may be a
 * value in the place of a name, and is left out.
 */
export function toShownName(name: string): string {
  return isProgrammersName(name) ? name : '(a name that may be a value)';
}

/** True for a name of letters, single underscores and at most two digits in a row, such as `value_1`. */
export function isProgrammersName(name: string): boolean {
  return name.length <= 48 && /^[a-z]+(?:[A-Z]?[a-z]|_)*(?:_?\d{1,2})?$/.test(name);
}

/** True for a word of a vocabulary, such as `IN_PROGRESS`: capitals and underscores, no digits. */
export function isVocabularyWord(word: unknown): word is string {
  return typeof word === 'string' && /^[A-Z]{2,24}(?:_[A-Z]{1,24}){0,4}$/.test(word);
}

const deepest = 8;
const mostMembers = 200;

const formats: readonly [name: string, pattern: RegExp][] = [
  ['empty text', /^$/],
  ['blank text', /^\s+$/],
  ['UUID', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ['UUID behind a prefix', /^[A-Za-z]{1,12}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ['batch id (BATCH-, digits, letters, time)', /^BATCH-\d{5}-[A-Z]{5}-\d{14}$/],
  ['JWT', /^[\w-]{4,}\.[\w-]{4,}\.[\w-]*$/],
  ['https address', /^https:\/\//i],
  ['http address', /^http:\/\//i],
  ['12 digits', /^\d{4}[ -]?\d{4}[ -]?\d{4}$/],
  ['number masked to its last digits', /^[Xx*•]+[Xx*•\s-]*\d{4}$/],
  ['date DD/MM/YYYY', /^\d{2}\/\d{2}\/\d{4}$/],
  ['date DD-MM-YYYY', /^\d{2}-\d{2}-\d{4}$/],
  ['date YYYY-MM-DD', /^\d{4}-\d{2}-\d{2}$/],
  ['date and time (ISO 8601)', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/],
  ['true or false as text', /^(true|false)$/i],
  ['whole number as text', /^-?\d+$/],
  ['decimal number as text', /^-?\d+\.\d+$/],
  ['word of capitals', /^[A-Z]{2,24}(?:_[A-Z]{1,24}){0,4}$/],
];

function createShape(): Shape {
  return { formats: new Set(), members: new Map(), entries: null };
}

function addTo(shape: Shape, value: unknown, depth: number): void {
  const hasMembers = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!hasMembers || depth > deepest) {
    shape.formats.add(toFormat(value));
  } else if (Array.isArray(value)) {
    shape.entries ??= createShape();
    for (const entry of value.slice(0, mostMembers)) addTo(shape.entries, entry, depth + 1);
  } else {
    for (const [name, member] of Object.entries(value).slice(0, mostMembers)) {
      const shown = toShownName(name);
      const known = shape.members.get(shown) ?? createShape();
      shape.members.set(shown, known);
      addTo(known, member, depth + 1);
    }
  }
}

function toLines(shape: Shape, level: number): string[] {
  const indent = '  '.repeat(level);
  const lines = shape.formats.size > 0 ? [indent + [...shape.formats].join(' or ')] : [];
  for (const [name, member] of shape.members) {
    const isPlain = member.members.size === 0 && member.entries === null;
    if (isPlain) lines.push(`${indent}${name}: ${[...member.formats].join(' or ')}`);
    else lines.push(`${indent}${name}:`, ...toLines(member, level + 1));
  }
  if (shape.entries !== null) {
    lines.push(`${indent}list of`, ...toLines(shape.entries, level + 1));
  }
  return lines;
}

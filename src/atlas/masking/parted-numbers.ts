import { maxDepth } from '../api/depth.ts';
import type { Work } from '../json/work.ts';
import { findPartedNumbers } from './aadhaar.ts';
import type { AadhaarMeaning } from './aadhaar-names.ts';
import { isLink } from './links.ts';

/** A text or whole number within a list or object, and where to write it. */
interface Slot {
  readonly holder: Record<string, unknown>;
  readonly name: string;
  /** As it is now: parts of it may be crossed out already. */
  text: string;
  /** Whether it is a number of JSON, as amounts are and parts of a number are not. */
  readonly isNumeric: boolean;
}

/** An entry that separates the entries around it, as a word does. */
const wall: Slot = { holder: {}, name: '', text: 'x', isNumeric: false };

/**
 * Crosses out numbers that are parted over the entries of a list or object: digits of all entries but
 * the last four. An entry is a text or whole number, or an object that holds one as its `value`. Of a
 * list of objects the members of one name are such a row too. A list or object of parts alone counts as
 * its entries in a row, at any depth. `meaning` is what a name says of the list: where it says `number`,
 * all digits are parts of one. Changes the list or object it is given, in steps.
 */
export function* crossOutParted(
  members: Record<string, unknown>,
  kept: ReadonlySet<string>,
  meaning: AadhaarMeaning | null,
): Work<void> {
  const names = Object.keys(members);
  if (names.length < 2) return;
  const slots: Slot[] = [];
  let columns: Map<string, Slot[]> | undefined;
  let looked = 0;
  for (const name of names) {
    looked += 1;
    if (looked % entriesAtOnce === 0) yield undefined;
    const slot = toSlot(members, name, kept);
    if (slot !== null) addSlot(slots, slot, kept.has(name) ? null : members[name], kept);
    if (slot !== wall || !Array.isArray(members)) continue;
    columns ??= new Map();
    addColumns(columns, members[name], kept);
  }
  const isNamed = meaning !== null;
  if (meaning === 'number') crossOutNamed(slots);
  else yield* crossOutRuns(slots, { isColumn: false, isNamed });
  for (const column of columns?.values() ?? []) {
    yield* crossOutRuns(column, { isColumn: true, isNamed });
  }
}

/** Entries that are looked at in one step. */
const entriesAtOnce = 64;
/** Entries that a number may be parted over: sixteen digits, and zeros in front of them. */
const mostParts = 24;
/** Characters of an entry that may be a part of a number; a longer one is a text. */
const longestPart = 1_000;

/** How a run of entries is searched. */
interface RunOptions {
  /** Whether they are the entries of one name in a list of objects. */
  readonly isColumn: boolean;
  /** Whether something speaks of a number, so that its form alone decides. */
  readonly isNamed: boolean;
}

/** Looks at each run of entries of which every one begins with a digit where the last has ended with one. */
function* crossOutRuns(slots: readonly Slot[], options: RunOptions): Work<void> {
  let from = 0;
  for (let at = 1; at <= slots.length; at += 1) {
    const [previous, next] = [slots[at - 1], slots[at]];
    const goesOn =
      previous !== undefined &&
      next !== undefined &&
      endsInDigit(previous.text) &&
      beginsWithDigit(next.text);
    if (goesOn && at - from < entriesAtOnce) continue;
    if (at - from > 1) {
      crossOut(slots.slice(from, at), options);
      yield undefined;
    }
    // A long run may be divided within a number.
    from = goesOn ? at - mostParts : at;
  }
}

function endsInDigit(text: string): boolean {
  for (let at = text.length - 1; at >= 0; at -= 1) {
    const isDigit = mayBeDigit(text.charCodeAt(at));
    if (isDigit !== null) return isDigit;
  }
  return false;
}

function beginsWithDigit(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const isDigit = mayBeDigit(text.charCodeAt(at));
    if (isDigit !== null) return isDigit;
  }
  return false;
}

/** False for a letter, null for a sign; true for a digit, and for what may read as one or hide one. */
function mayBeDigit(code: number): boolean | null {
  if (code > 127 || (code >= 48 && code <= 57)) return true;
  if ('<>&;\\'.includes(String.fromCharCode(code))) return true;
  return (code | 32) >= 97 && (code | 32) <= 122 ? false : null;
}

/**
 * The text by which an entry of a list or object takes part in a number: null for one that is passed
 * over, a letter for one that parts those around it.
 */
export function textOfEntry(
  holder: Record<string, unknown>,
  name: string,
  kept: ReadonlySet<string>,
): string | null {
  return toSlot(holder, name, kept)?.text ?? null;
}

/** The text of a member; a wall for what is none, null for what is passed over. */
function toSlot(
  holder: Record<string, unknown>,
  name: string,
  kept: ReadonlySet<string>,
  depth = 0,
): Slot | null {
  const entry = holder[name];
  if (kept.has(name)) return wall;
  if (typeof entry === 'string') {
    if (name === 'redact_url' || isLink(entry)) return wall;
    if (entry.length > longestPart) return wall;
    return entry === '' ? null : { holder, name, text: entry, isNumeric: false };
  }
  if (typeof entry === 'number') {
    const isPart = Number.isSafeInteger(entry) && entry >= 0 && !/confidence|score/i.test(name);
    return isPart ? { holder, name, text: String(entry), isNumeric: true } : null;
  }
  if (typeof entry !== 'object' || entry === null) return null;
  if (depth === maxDepth) return wall;
  const inside = entry as Record<string, unknown>; // JSON.parse makes plain objects and arrays
  if ('value' in inside) return toSlot(inside, 'value', kept, depth + 1);
  const [only, ...others] = Object.keys(inside);
  if (only === undefined) return null;
  return others.length === 0 ? toSlot(inside, only, kept, depth + 1) : wall;
}

/**
 * True for a list or object that holds nothing but parts of numbers: texts without a letter, single
 * digits, and lists or objects of such. `kept` are names of members that are never changed.
 */
export function isOfParts(value: unknown, kept: ReadonlySet<string>): value is object {
  return typeof value === 'object' && value !== null && holdsParts(value, kept, 0);
}

function holdsParts(value: unknown, kept: ReadonlySet<string>, depth: number): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= 9;
  if (typeof value === 'string') return value.length <= longestPart && !/[a-z]/i.test(value);
  if (typeof value !== 'object' || value === null || depth === maxDepth) return value === null;
  if (Array.isArray(value)) return value.every((entry) => holdsParts(entry, kept, depth + 1));
  const members = value as Record<string, unknown>; // JSON.parse makes plain objects and arrays
  for (const name in members) {
    if (kept.has(name) || !holdsParts(members[name], kept, depth + 1)) return false;
  }
  return true;
}

/** The texts of the parts that a list or object holds, in a row: see `isOfParts`. */
export function textsOfParts(value: object, kept: ReadonlySet<string>): string[] {
  const slots: Slot[] = [];
  addSlot(slots, wall, value, kept);
  return slots.map(({ text }) => text);
}

/** Adds the slot of a value; in place of a wall, those of the parts that the value holds. */
function addSlot(slots: Slot[], slot: Slot, value: unknown, kept: ReadonlySet<string>): void {
  if (slot !== wall || !isOfParts(value, kept)) {
    slots.push(slot);
    return;
  }
  const members = value as Record<string, unknown>; // JSON.parse makes plain objects and arrays
  for (const name of Object.keys(members)) {
    const inside = toSlot(members, name, kept);
    if (inside !== null) addSlot(slots, inside, members[name], kept);
  }
}

function addColumns(columns: Map<string, Slot[]>, entry: unknown, kept: ReadonlySet<string>): void {
  if (typeof entry !== 'object' || entry === null) return;
  const members = entry as Record<string, unknown>; // JSON.parse makes plain objects and arrays
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (kept.has(name) || (typeof value !== 'string' && typeof value !== 'number')) continue;
    const slot = toSlot(members, name, kept);
    if (slot === null || !/\d/.test(slot.text)) continue;
    const column = columns.get(name);
    if (column === undefined) columns.set(name, [slot]);
    else column.push(slot);
  }
}

function crossOut(slots: readonly Slot[], { isColumn, isNamed }: RunOptions): void {
  const texts = slots.map(({ text }) => text);
  const isDoubtful = (entries: readonly number[]) =>
    isColumn || entries.some((entry) => slots[entry]?.isNumeric);
  // From the end of each text on, so that what is in front stays where it is.
  for (const { entry, start, end } of findPartedNumbers(texts, isDoubtful, { isNamed })) {
    const slot = slots[entry];
    const text = texts[entry];
    if (slot === undefined || text === undefined) continue;
    slot.text = text.slice(0, start) + 'X'.repeat(end - start) + text.slice(end);
    texts[entry] = slot.text;
    slot.holder[slot.name] = slot.text;
  }
}

const leastParted = 9;

/** Of a list that is named for a number, crosses out all parts but the last. */
function crossOutNamed(slots: readonly Slot[]): void {
  const parts = slots.filter(({ text }) => /\d/.test(text));
  const counts = parts.map(({ text }) => text.replace(/\D/g, '').length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (parts.length < 2 || total < leastParted || counts.some((count) => count >= 12)) return;
  let left = 4;
  for (const { holder, name, text } of parts.toReversed()) {
    const digits = text.match(/\d/g)?.length ?? 0;
    const hidden = Math.max(0, digits - left);
    left = Math.max(0, left - digits);
    let seen = 0;
    holder[name] = text.replace(/\d/g, (digit) => {
      seen += 1;
      return seen <= hidden ? 'X' : digit;
    });
  }
}

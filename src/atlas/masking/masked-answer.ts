import { maxDepth } from '../api/depth.ts';
import { doAtOnce } from '../json/work.ts';
import { ColumnRuns, continueRun, type EntryRun } from './entry-run.ts';
import {
  correlators,
  isJsonLike,
  labelledMeaning,
  maskMembers,
  maskText,
  maskValue,
  meaningInRow,
} from './masked-values.ts';
import { knownNames, type NameFacts, toNameFacts } from './name-facts.ts';
import { crossOutParted, isOfParts, textOfEntry, textsOfParts } from './parted-numbers.ts';

/**
 * Returns a parsed answer of Atlas with every Aadhaar number and VID masked, wherever it stands: by its
 * digits in any text or number, parted over the entries of a list or object, and by the name of its
 * field whatever its digits. A link that holds a number becomes null. Changes the value it is given.
 *
 * The rule is that of `maskValue`. It is applied only where a value may hold a number, and to the entries
 * of a list or object only where one may be parted over them.
 */
export function maskAadhaarDeep(value: unknown): unknown {
  return new AnswerWalk().mask(value, toNameFacts(''), 0, null);
}

type Members = Record<string, unknown>;

/** Text of an entry that parts those around it, as in `textOfEntry`. */
const wall = 'x';
const row = { isColumn: false };

/** Walks through one answer, as far as no name says that a value is a number. */
class AnswerWalk {
  readonly #names = new Map<string, NameFacts>();
  /** The text of the entry that was masked last, as `textOfEntry` has it for a name that says nothing. */
  #text: string | null = null;

  /** Masks the value of a member; `columns` are those of the list that it is an entry of. */
  mask(value: unknown, member: NameFacts, depth: number, columns: ColumnRuns | null): unknown {
    if (typeof value === 'string') return this.#maskText(value, member);
    if (typeof value === 'number') return this.#maskNumber(value, member);
    this.#text = null;
    if (typeof value !== 'object' || value === null) return value;
    if (depth === maxDepth) return null;
    if (Array.isArray(value)) this.#maskEntries(value, member, depth, columns);
    else this.#maskMembers(value as Members, depth, columns); // JSON.parse makes plain objects
    return value;
  }

  #maskText(text: string, member: NameFacts): string | null {
    const isClean = member.isCorrelator || !mayHoldNumber(text);
    const masked = isClean ? text : maskText(text, member.name, null);
    this.#text = masked === '' ? null : masked;
    return masked;
  }

  #maskNumber(value: number, member: NameFacts): unknown {
    const masked = Math.abs(value) < leastLong ? value : maskValue(value, member.name, null, 0);
    this.#text = typeof masked === 'string' || isPart(value) ? String(masked) : null;
    return masked;
  }

  #maskEntries(
    entries: unknown[],
    member: NameFacts,
    depth: number,
    columns: ColumnRuns | null,
  ): void {
    if (meaningInRow(entries) !== null) {
      maskValue(entries, member.name, null, depth);
      this.#text = textOfEntry({ '': entries }, '', correlators);
      columns?.doubt();
      return;
    }
    let run: EntryRun | null = null;
    const own = new ColumnRuns();
    for (let at = 0; at < entries.length; at += 1) {
      const given = entries[at];
      const shown = this.mask(given, member, depth + 1, own);
      if (shown !== given) entries[at] = shown;
      const text = this.#text;
      if (text === null) continue;
      run = addEntry(run, text, shown);
      if (columns !== null && typeof shown !== 'object') columns.add(String(at), text);
    }
    if (entries.length === 0) this.#text = null;
    else if (entries.length > 1) this.#text = wall;
    if (entries.length > 1 && (run?.mayHoldNumber || own.mayHoldNumber)) {
      // JSON.parse makes plain arrays, whose entries are found by their names alike.
      this.#crossOut(entries as unknown as Members, columns);
    }
  }

  #maskMembers(members: Members, depth: number, columns: ColumnRuns | null): void {
    if (this.#mustReadNames(members)) {
      maskMembers(members, null, depth);
      this.#crossOut(members, columns);
      return;
    }
    let run: EntryRun | null = null;
    let count = 0;
    let text: string | null = null;
    let valueText: string | null | undefined;
    for (const name in members) {
      const facts = this.#factsOf(name);
      const given = members[name];
      const { meaning } = facts;
      let shown: unknown;
      if (meaning === null) {
        shown = this.mask(given, facts, depth + 1, null);
        text = facts.isCorrelator ? wall : this.#text;
        if (facts.isScore && typeof shown === 'number') text = null;
        if (shown !== given) members[name] = shown;
      } else {
        shown = maskValue(given, name, meaning, depth + 1);
        members[name] = shown;
        text = textOfEntry(members, name, correlators);
      }
      count += 1;
      if (name === 'value') valueText = text;
      if (text === null) continue;
      run = addEntry(run, text, shown);
      if (columns !== null && typeof shown !== 'object' && !facts.isRedactUrl) {
        columns.add(name, text);
      }
    }
    if (valueText !== undefined) this.#text = valueText;
    else this.#text = count > 1 ? wall : text;
    if (count > 1 && run?.mayHoldNumber) this.#crossOut(members, columns);
  }

  /** Looks closely at the entries of a list or object, after which its own text is another. */
  #crossOut(members: Members, columns: ColumnRuns | null): void {
    doAtOnce(crossOutParted(members, correlators, null));
    columns?.doubt();
    this.#text = textOfEntry({ '': members }, '', correlators);
  }

  /** True if a name of an object is masked itself, or one of its texts says what the object is. */
  #mustReadNames(members: Members): boolean {
    let hasLabel = false;
    for (const name in members) {
      const { isMasked, isLabel } = this.#factsOf(name);
      if (isMasked) return true;
      if (isLabel) hasLabel = true;
    }
    return hasLabel && labelledMeaning(members) !== null;
  }

  #factsOf(name: string): NameFacts {
    let facts = knownNames.get(name) ?? this.#names.get(name);
    if (facts === undefined) {
      facts = toNameFacts(name);
      this.#names.set(name, facts);
    }
    return facts;
  }
}

/** Adds an entry to a run: its text, or where that is a wall, the parts that it holds. */
function addEntry(run: EntryRun | null, text: string, value: unknown): EntryRun | null {
  if (text !== wall || !isOfParts(value, correlators)) return continueRun(run, text, row);
  let continued = run;
  for (const part of textsOfParts(value, correlators)) {
    continued = continueRun(continued, part, row);
  }
  return continued;
}

/** A smaller number has fewer than twelve digits. */
const leastLong = 1e11;

/** Whether a number may be a part of one: whole, and not negative. */
function isPart(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** False for nearly all texts: those in which `maskText` finds nothing where no name says anything. */
function mayHoldNumber(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > nine) {
      if (code > 127) return text.length >= fewestCharacters;
    } else if (code >= zero) digits += 1;
    else if (code === percent) return true;
    else if (code === ampersand && text.charCodeAt(at + 1) === hash) return true;
  }
  return digits >= 12 && (hasTwelveInRow(text) || mayBeRead(text));
}

/** Whether a text may read as something else than it is written: JSON, or a number with an exponent. */
function mayBeRead(text: string): boolean {
  return isJsonLike(text) || /\d\.\d+e/i.test(text);
}

/**
 * True if twelve digits of a text stand with no letter among them. A letter parts the digits around it,
 * but in a tag, an entity, an escape or the query of a link: then true for twelve digits in all.
 */
function hasTwelveInRow(text: string): boolean {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= zero && code <= nine) {
      digits += 1;
      if (digits === 12) return true;
    } else if ((code | 32) >= 97 && (code | 32) <= 122) digits = 0;
  }
  return /[&<=\\]/.test(text);
}

/** A shorter text holds no number: no character stands for more than two digits. */
const fewestCharacters = 6;
const zero = 48;
const nine = 57;
const hash = 35;
const percent = 37;
const ampersand = 38;

import { isOrigin } from './origin.ts';

/** Reads single variables of an environment; each fault is noted with its cure, and none thrown. */
export interface Environment<Variable extends string> {
  readonly issues: readonly string[];
  /** Notes a fault. Never quotes a value, which may be a secret. */
  fault(issue: string): void;
  /** The text without blanks around it; undefined when nothing else is there. */
  read(name: Variable): string | undefined;
  /** A base URL without a slash at its end. */
  readUrl(name: Variable): string | undefined;
  readNumber(name: Variable, fallback: number, low: number, high: number): number;
  /** A secret of 16 to 256 characters that need no escape in a header or a URL. */
  readToken(name: Variable): string | undefined;
  readWord<Word extends string>(name: Variable, words: readonly Word[], fallback: Word): Word;
  /** Origins with commas between (RFC 6454, 6.2). */
  readOrigins(name: Variable): readonly string[];
}

/** Makes a reader of an environment. */
export function createEnvironment<Variable extends string>(
  env: Readonly<Record<string, string | undefined>>,
): Environment<Variable> {
  const issues: string[] = [];
  const fault = (issue: string) => void issues.push(issue);
  const read = (name: Variable) => env[name]?.trim() || undefined;

  return {
    issues,
    fault,
    read,
    readUrl(name) {
      const text = read(name);
      if (text === undefined) return undefined;
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (
        !url ||
        !/^https?:$/.test(url.protocol) ||
        url.search ||
        url.hash ||
        url.username ||
        url.password
      ) {
        fault(`${name} is no base URL: give an http or https address without query or user.`);
        return undefined;
      }
      return url.href.replace(/\/+$/, '');
    },
    readNumber(name, fallback, low, high) {
      const text = read(name);
      if (text === undefined) return fallback;
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      if (value >= low && value <= high) return value;
      fault(`${name} is out of range: give a whole number from ${low} to ${high}.`);
      return fallback;
    },
    readToken(name) {
      const token = read(name);
      if (token === undefined || /^[\w.~-]{16,256}$/.test(token)) return token;
      fault(`${name} is unusable: give 16 to 256 letters, digits or any of . _ ~ -`);
      return undefined;
    },
    readWord(name, words, fallback) {
      const text = read(name) ?? fallback;
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) fault(`${name} is unknown: give one of ${words.join(', ')}.`);
      return word ?? fallback;
    },
    readOrigins(name) {
      const origins = (read(name) ?? '').split(',').map((text) => text.trim());
      const given = origins.filter((text) => text !== '');
      if (given.every(isOrigin)) return given;
      fault(`${name} holds what is no origin: give some like https://app.example, with commas.`);
      return [];
    },
  };
}

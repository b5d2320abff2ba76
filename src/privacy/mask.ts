import { isCode } from './codes.ts';

/** The kind of a value, which decides how it is masked. */
export type DatumKind =
  | 'name'
  | 'date'
  | 'identifier'
  | 'address'
  | 'text'
  | 'link'
  /** A word or code of a closed set, which reveals nothing about a person. */
  | 'flag'
  /** A value that was masked before, for every caller. */
  | 'masked';

const maskMark = '***';
const masks: Readonly<Record<DatumKind, (value: string) => string | null>> = {
  name: (value) => value.replace(/\S+/gu, (word) => `${[...word][0]}${maskMark}`),
  date: () => '**/**/****',
  identifier: toMaskedIdentifier,
  address: () => maskMark,
  text: () => maskMark,
  // A link with nothing in it is none.
  link: () => null,
  // A value that is no code is not a flag, whatever Atlas may put there one day.
  flag: (value) => (isCode(value) ? value : maskMark),
  masked: (value) => value,
};

/**
 * Returns a value as a caller without `pii:read` sees it: of a name the initials, of an identifier the
 * last characters, of anything else nothing. An empty value stays empty, so that structure shows.
 */
export function maskDatum(kind: DatumKind, value: string | null): string | null {
  return value === null || value === '' ? value : masks[kind](value);
}

/** True if masking leaves a value unchanged. */
export function isUnchangedByMask(kind: DatumKind, value: string | null): boolean {
  if (value === null || value === '') return true;
  if (kind === 'masked') return true;
  // A masked text begins with one of these characters or holds the mark; most values do neither.
  const isPlain = kind !== 'flag' && /^[0-9A-WYZa-z]/.test(value) && !value.includes(maskMark);
  return !isPlain && maskDatum(kind, value) === value;
}

/** Masks all letters and digits but the last four; at most half of them stay visible. */
export function toMaskedIdentifier(value: string): string {
  const count = value.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const hidden = count - Math.min(4, Math.floor(count / 2));
  let position = 0;
  return value.replace(/[\p{L}\p{N}]/gu, (character) => {
    position += 1;
    return position > hidden ? character : 'X';
  });
}

/** True if a text has a mask mark, set here or by its author. */
export function hasMaskMark(value: string): boolean {
  return /\*{3}|X{4} X{4} (\d{4}|X{4})/.test(value);
}

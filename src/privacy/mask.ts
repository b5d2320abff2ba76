import { isCode } from './codes.ts';

/** The kind of a value, which decides how it is masked. */
export type DatumKind =
  | 'name'
  | 'date'
  | 'identifier'
  | 'address'
  | 'text'
  | 'link'
  /** A word or a code of a set, which says nothing of a person. */
  | 'flag'
  /** Masked already, for everybody. */
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

/** Whether a mask would leave a value as it is. */
export function isUnchangedByMask(kind: DatumKind, value: string | null): boolean {
  if (value === null || value === '') return true;
  if (kind === 'masked') return true;
  // A masked text begins with one of these characters or holds the mark; most values do neither.
  const isPlain = kind !== 'flag' && /^[0-9A-WYZa-z]/.test(value) && !value.includes(maskMark);
  return !isPlain && maskDatum(kind, value) === value;
}

/** All letters and digits crossed out but the last four, and never more than half of them shown. */
export function toMaskedIdentifier(value: string): string {
  const count = value.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
  const hidden = count - Math.min(4, Math.floor(count / 2));
  let position = 0;
  return value.replace(/[\p{L}\p{N}]/gu, (character) => {
    position += 1;
    return position > hidden ? character : 'X';
  });
}

/** Whether something in a text is crossed out, by us or by who wrote it. */
export function hasMaskMark(value: string): boolean {
  return /\*{3}|X{4} X{4} (\d{4}|X{4})/.test(value);
}

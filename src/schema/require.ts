import { BadInputError } from './operation/errors.ts';

/** Throws a BadInputError that names the argument when a number is not within its bounds. */
export function requireWithin(argument: string, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw new BadInputError(`${argument}: must be from ${low} to ${high}.`);
}

/** Throws a BadInputError that names the argument when a text is blank or over its length. */
export function requireText(argument: string, value: string, mostCharacters = 2_000): void {
  if (value.trim() === '') throw new BadInputError(`${argument}: must not be blank.`);
  if (value.length > mostCharacters) {
    throw new BadInputError(`${argument}: at most ${mostCharacters} characters.`);
  }
}

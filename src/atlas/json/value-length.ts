/** The bytes of a value besides its text: a name, quotation marks, a comma. */
const perValue = 16;

/** Whether a value takes no more than about so many characters as JSON; counted no further than that. */
export function isShorterThan(value: unknown, length: number): boolean {
  return lengthLeft(value, length) > 0;
}

function lengthLeft(value: unknown, length: number): number {
  if (typeof value === 'string') return length - perValue - value.length;
  let left = length - perValue;
  if (typeof value !== 'object' || value === null) return left;
  for (const member of Object.values(value)) {
    left = lengthLeft(member, left);
    if (left <= 0) return left;
  }
  return left;
}

const multiply = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];
const firstPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
const permutations = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]];
for (let row = 1; row < 8; row += 1) {
  permutations.push((permutations[row - 1] ?? []).map((digit) => firstPermutation[digit] ?? 0));
}

/** True if a string of digits ends in its Verhoeff check digit, as every Aadhaar number does. */
export function isVerhoeffValid(digits: string): boolean {
  let check = 0;
  for (let position = 0; position < digits.length; position += 1) {
    const digit = Number(digits[digits.length - 1 - position]);
    check = multiply[check]?.[permutations[position % 8]?.[digit] ?? 0] ?? 0;
  }
  return check === 0;
}

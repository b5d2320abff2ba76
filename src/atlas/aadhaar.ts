/*
 * UIDAI asks that an Aadhaar number is shown by its last four digits only. Whatever Atlas sends
 * (CONTRACT K8: in full or masked), nothing behind this file ever holds more.
 */

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

/** Whether a string of digits ends in its Verhoeff check digit, as every Aadhaar number does. */
export function isVerhoeffValid(digits: string): boolean {
  let check = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    check = multiply[check]?.[permutations[place % 8]?.[digit] ?? 0] ?? 0;
  }
  return check === 0;
}

const digitRuns = /(?<!\d)\d(?:[ \-.\u00a0\u2009\u202f]{0,3}\d){11,15}(?!\d)/gu;

/** Masks every 12-digit Verhoeff-valid number and every 16-digit VID in a text, however spaced. */
export function maskAadhaarIn(text: string): string {
  if (text.length < 12) return text;
  return text.replace(digitRuns, (run) => {
    const digits = run.replace(/\D/g, '');
    const isAadhaar = digits.length === 12 && isVerhoeffValid(digits);
    const isVirtualId = digits.length === 16;
    return isAadhaar || isVirtualId ? maskAadhaar(digits) : run;
  });
}

/** The last four digits behind crosses; what has no four digits at its end is crosses only. */
export function maskAadhaar(value: string): string {
  return `XXXX XXXX ${lastFourOf(value) ?? 'XXXX'}`;
}

/** The last four digits of an Aadhaar number, full or already masked; null when it has none. */
export function lastFourOf(value: string): string | null {
  return /(\d{4})\D*$/.exec(value)?.[1] ?? null;
}

/** The members that hold ids by which answers are matched; they are never masked. */
const correlators = new Set([
  'access_token',
  'refresh_token',
  'flow_uuid',
  'flow_id',
  'session_id',
  'batch_id',
  'document_id',
  'file_uuid',
  'application_id',
]);

/**
 * A parsed answer of Atlas with every Aadhaar number and VID masked, wherever it stands. Changes
 * the value it is given.
 */
export function maskAadhaarDeep(value: unknown, member?: string): unknown {
  if (typeof value === 'string') {
    if (member !== undefined && correlators.has(member)) return value;
    return maskAadhaarIn(value);
  }
  if (typeof value === 'number') return maskNumber(value);
  if (Array.isArray(value)) {
    value.forEach((entry, index) => {
      value[index] = maskAadhaarDeep(entry, member);
    });
    return value;
  }
  if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>; // JSON.parse makes plain objects only
    for (const [name, entry] of Object.entries(members)) {
      members[name] = maskAadhaarDeep(entry, name);
    }
  }
  return value;
}

function maskNumber(value: number): number | string {
  if (value < 1e11 || value >= 1e16 || !Number.isInteger(value)) return value;
  const masked = maskAadhaarIn(String(value));
  return masked === String(value) ? value : masked;
}

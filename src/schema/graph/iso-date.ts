import { type CalendarDay, isCalendarDay, toDateText, weekdayOf } from './calendar-day.ts';
import { toMonth, toWeekday } from './month-names.ts';

/** Longer texts are no dates. */
const longest = 120;

/**
 * A printed date as `YYYY-MM-DD`; null where the text is no date, names a day that does not exist,
 * or can be read in two ways. Numbers alone are read day before month, as Atlas writes them (CONTRACT
 * 10.1), or year first; a date that only fits month before day is not guessed, and neither is the
 * century of a short year. A time of day behind the date, and a label before it, are left out: the
 * day is the one that is printed, in whatever zone.
 */
export function toIsoDate(text: string | null): string | null {
  if (text === null || text.length > longest) return null;
  const printed = toPlain(text);
  const day = readDay(printed) ?? readDay(withoutLabel(printed));
  // A year of noughts is a form that was not filled in.
  return day !== null && day.year > 0 && isCalendarDay(day) ? toDateText(day) : null;
}

/** The zero of each script's digits whose other nine follow it: Indian scripts, Arabic and Urdu. */
const zeros = [
  0x0660, 0x06f0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0de6,
  0x1c50, 0xabf0,
];

/** The text in plain signs: ASCII digits, dashes, slashes and blanks, nothing that is not seen. */
function toPlain(text: string): string {
  return (
    text
      .normalize('NFKC')
      // Format characters have no width: joiners, direction marks, a byte order mark.
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      .replace(/\p{Nd}/gu, toAsciiDigit)
      .replace(/[\p{Pd}\u2212]/gu, '-')
      // A ruled form leaves bars between its boxes, and a backslash is a slash that was read wrongly.
      .replace(/[\u2044\u2215|\\]/g, '/')
      .replace(/\s+/g, ' ')
      .replace(/^ | ?[.,;]? ?$/g, '')
      .replace(/^[([](.*)[)\]]$/, '$1')
  );
}

function toAsciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  const zero = zeros.find((each) => code >= each && code < each + 10);
  return zero === undefined ? digit : String(code - zero);
}

/** Words that can only be a label: `DOB`, `Dt.`, `Date of Issue`, `Valid till`, `the`. */
const labelWords = [
  'd\\.?o\\.?[bei]\\.?',
  'dt\\.?',
  'dated?(?: of [a-z]+)?(?: on)?',
  '(?:born|issued|signed|registered|expires|expiring|valid|effective)(?: (?:on|from|upto|up to|till|until))?',
  '(?:on|from|upto|up to|till|until|w\\.?e\\.?f\\.?)',
  'the',
];

/**
 * The text that may stand before a date: any words without a digit and a colon, such as
 * `Place and Date:`, or words that can only be a label.
 */
const label = new RegExp(
  `^(?:([\\p{L}\\p{M} ./()'&-]+)[:=]|(?:${labelWords.join('|')})(?![\\p{L}\\p{M}]) ?-?) ?`,
  'iu',
);

/** An order of month and day that is not the one read here: `MM/DD/YYYY`, `YYYY-DD-MM`. */
const otherOrder = /m+[^a-z]*d|y+[^a-z]*d+[^a-z]*m/i;

/** The text behind its label; empty where there is none, or where it names another order. */
function withoutLabel(text: string): string {
  const [whole, words = ''] = label.exec(text) ?? [];
  return whole === undefined || otherOrder.test(words) ? '' : text.slice(whole.length);
}

const separator = '(?: ?[/.-] ?| )';
const dayNumber = '(?<day>\\d{1,2})';
const year = '(?<year>\\d{4})';
const ordinal = '(?: ?(?:st|nd|rd|th))?(?: of)?';
const name = '(?<name>[\\p{L}\\p{M}]+)\\.?';
const between = '(?: ?[/.,-] ?| )?';
const weekday = '(?:(?<weekday>[a-z]+)\\.?,? )?';
const zone =
  '(?: ?(?:Z|UTC|GMT|IST))?(?: ?[+-]\\d\\d:?\\d\\d)?(?: (?:UTC|GMT|IST))?(?: \\([\\p{L} ]+\\))?';
const time = `(?:(?:T|,? )(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,]\\d+)?)?(?: ?(?:[ap]\\.?m\\.?|hrs))?)?${zone}`;

/** Each order in which a date may be written; those with a name can be told apart without a rule. */
const forms = [
  `${year}${separator}(?<month>\\d{1,2})${separator}${dayNumber}${time}`,
  `${dayNumber}${separator}(?<month>\\d{1,2})${separator}${year}${time}`,
  `${weekday}${dayNumber}${ordinal}${between}${name}${between}${year}${time}`,
  `${weekday}${name}${between}${dayNumber}${ordinal}${between}${year}${time}`,
  `${year}${between}${name}${between}${dayNumber}${ordinal}${time}`,
  // As JavaScript's Date prints itself.
  `${weekday}${name} ${dayNumber} ${year}${time}`,
].map((form) => new RegExp(`^${form}$`, 'iu'));

/** The day that a text names in one of the forms; it may not exist. Null: in none. */
function readDay(text: string): CalendarDay | null {
  for (const form of forms) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const month = parts.name === undefined ? Number(parts.month) : toMonth(parts.name);
    if (month === null || !isTime(parts)) continue;
    const day = { year: Number(parts.year), month, day: Number(parts.day) };
    if (parts.weekday === undefined || toWeekday(parts.weekday) === weekdayOf(day)) return day;
  }
  return null;
}

function isTime({ hour = '0', minute = '0', second = '0' }: Partial<Record<string, string>>) {
  return Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60;
}

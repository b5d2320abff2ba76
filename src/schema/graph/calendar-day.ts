/** A day of the Gregorian calendar; `month` and `day` count from 1. */
export interface CalendarDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Whether the calendar has such a day, in the years 0 to 9999. */
export function isCalendarDay({ year, month, day }: CalendarDay): boolean {
  if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  return day <= daysIn(year, month);
}

/** The weekday of a day, 0 for Sunday to 6 for Saturday. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
  return toUtc(year, month, day).getUTCDay();
}

/** A day as RFC 3339 writes a `full-date`: `2026-01-15`. */
export function toDateText({ year, month, day }: CalendarDay): string {
  const digits = (number: number, count: number) => String(number).padStart(count, '0');
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}`;
}

function daysIn(year: number, month: number): number {
  return toUtc(year, month + 1, 0).getUTCDate();
}

/** `Date.UTC` takes the years 0 to 99 for those of the last century. */
function toUtc(year: number, month: number, day: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date;
}

import { isCalendarDay } from './graph/calendar-day.ts';

/** `date-time` of RFC 3339, section 5.6; its letters may be small. */
const grammar =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/i;

/**
 * The moment that a text names in the grammar of RFC 3339, to the millisecond; null for any other
 * text and for a day, time or offset that does not exist. A leap second (`:60`) is the moment a
 * second after `:59`, and stands at the end of a month in UTC only (section 5.7).
 */
export function toMoment(text: string): Date | null {
  const parts = grammar.exec(text);
  if (parts === null) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as Six;
  const [fraction = '', sign = '+', offsetHour = '00', offsetMinute = '00'] = parts.slice(7);
  if (!isCalendarDay({ year, month, day })) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return null;

  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  const moment = new Date(0);
  moment.setUTCFullYear(year, month - 1, day);
  moment.setUTCHours(hour, minute - offset, second, Number(fraction.slice(0, 3).padEnd(3, '0')));
  if (second === 60 && !isMonthStart(moment)) return null;
  return moment;
}

/** The six groups that `grammar` always has. */
type Six = [number, number, number, number, number, number];

/** Whether a moment lies in the first second of a month in UTC, into which a leap second runs. */
function isMonthStart(moment: Date): boolean {
  return (
    moment.getUTCDate() === 1 &&
    moment.getUTCHours() === 0 &&
    moment.getUTCMinutes() === 0 &&
    moment.getUTCSeconds() === 0
  );
}

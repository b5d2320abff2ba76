const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/**
 * A printed date as `YYYY-MM-DD`; null where it is no date, or could be read in two ways. Day before
 * month, as Atlas writes it (CONTRACT 10.1); a date that only fits the other way is not guessed, and
 * neither is the century of a short year.
 */
export function toIsoDate(text: string | null): string | null {
  const printed = text?.trim() ?? '';
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$/.exec(printed) ?? [];
  if (isoYear) return toDay(isoYear, Number(isoMonth), Number(isoDay));
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(printed) ?? [];
  if (year) return toDay(year, Number(month), Number(day));
  const [, named, name, namedYear] =
    /^(\d{1,2})[ /-]([a-z]{3,9})[ ,/-]+(\d{4})$/i.exec(printed) ?? [];
  if (!namedYear || !name) return null;
  const place = months.findIndex((full) => full.startsWith(name.toLowerCase()));
  return toDay(namedYear, place + 1, Number(named));
}

function toDay(year: string, month: number, day: number): string | null {
  const iso = `${year}-${twoDigits(month)}-${twoDigits(day)}`;
  const date = new Date(`${iso}T00:00:00Z`);
  // A day that its month does not have comes out as another one, or as none.
  const isReal = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso);
  return isReal && Number(year) > 0 ? iso : null;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}

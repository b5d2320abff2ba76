const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A printed date as `YYYY-MM-DD`; null where it could be read in two ways or is no date. Day before
 * month, as Atlas writes it (CONTRACT 10.1); a date that only fits the other way is not guessed.
 */
export function toIsoDate(text: string | null): string | null {
  const printed = text?.trim() ?? '';
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$/.exec(printed) ?? [];
  if (isoYear) return toDay(isoYear, Number(isoMonth), Number(isoDay));
  const [, day, month, year] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(printed) ?? [];
  if (year) return toDay(year, Number(month), Number(day));
  const [, named, name, namedYear] =
    /^(\d{1,2})[ -]([a-z]{3})[a-z]*[ ,-]+(\d{4})$/i.exec(printed) ?? [];
  if (!namedYear || !name) return null;
  return toDay(namedYear, months.indexOf(name.toLowerCase()) + 1, Number(named));
}

function toDay(year: string, month: number, day: number): string | null {
  const date = new Date(Date.UTC(Number(year), month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && Number(year) > 0;
  return isReal ? date.toISOString().slice(0, 10) : null;
}

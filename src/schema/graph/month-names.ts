/** The months in full, January first: in English, and in Hindi with its common spellings. */
const months: readonly (readonly string[])[] = [
  ['january', 'जनवरी'],
  ['february', 'फरवरी', 'फ़रवरी'],
  ['march', 'मार्च'],
  ['april', 'अप्रैल'],
  ['may', 'मई'],
  ['june', 'जून'],
  ['july', 'जुलाई'],
  ['august', 'अगस्त'],
  ['september', 'सितंबर', 'सितम्बर'],
  ['october', 'अक्टूबर', 'अक्तूबर'],
  ['november', 'नवंबर', 'नवम्बर'],
  ['december', 'दिसंबर', 'दिसम्बर'],
];
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** No two English names share their first three letters. */
const shortest = 3;

/** The number of a month by its name, 1 to 12: in full, or an English one cut short; null: none. */
export function toMonth(name: string): number | null {
  const wanted = name.normalize('NFC').toLowerCase();
  const place = months.findIndex(
    ([english = '', ...hindi]) =>
      isCut(wanted, english) || hindi.some((each) => each.normalize('NFC') === wanted),
  );
  return place < 0 ? null : place + 1;
}

/** The number of a weekday by its English name, 0 for Sunday; null: none. */
export function toWeekday(name: string): number | null {
  const place = weekdays.findIndex((full) => isCut(name.toLowerCase(), full));
  return place < 0 ? null : place;
}

function isCut(name: string, full: string): boolean {
  return name.length >= shortest && full.startsWith(name);
}

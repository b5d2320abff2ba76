/**
 * The meaning of a field's name for its value: `number`, it is an Aadhaar number, a VID or an
 * enrolment id and nothing else; `about`, it has to do with one and may hold it.
 */
export type AadhaarMeaning = 'number' | 'about';

/** Aadhaar in the spellings that are seen. */
const aadhaar = /^(?:a{1,2}d{1,2}h?a{1,2}r|आधार|আধার|আধাৰ|ਆਧਾਰ|આધાર|ଆଧାର|ஆதார்|ఆధార్|ಆಧಾರ್|ആധാർ|ആധാര്|آدھار)$/;
/** Other names of the number, of the virtual id, and of the id of an enrolment. */
const other = /^(?:uid|uidai|vid|eid)$/;
/** Words that run together with the name of a number, as in `aadhaarno`. */
const runTogether = /^(a{1,2}dha{1,2}r|uid|uidai|vid|eid)(card)?(number|num|no|id)?$/;
const numberWords = new Set(
  'number num no id संख्या नंबर क्रमांक নম্বর সংখ্যা નંબર எண் సంఖ్య నంబర్ ಸಂಖ್ಯೆ നമ്പർ ਨੰਬਰ ନମ୍ବର نمبر'.split(' '),
);
/** Words behind the name of a number that leave it one. */
const tails = new Set([...numberWords, 'card', 'value', 'full', 'raw', 'text', 'ocr', 'masked']);
/** Words in front that say whose number it is, or how it is written. */
const owners = new Set([
  ...[
    'applicant',
    'coapplicant',
    'co',
    'borrower',
    'customer',
    'holder',
    'owner',
    'user',
    'person',
  ],
  ...[
    'father',
    'mother',
    'spouse',
    'husband',
    'wife',
    'guarantor',
    'nominee',
    'member',
    'employee',
  ],
  ...['resident', 'primary', 'secondary', 'my', 'masked', 'full', 'raw', 'card', 'number', 'the'],
]);

/**
 * The meaning of a field's name for its value; null if it has none. Case and separators do not
 * matter.
 */
export function aadhaarMeaningOf(name: string): AadhaarMeaning | null {
  if (name.length > mostLetters || !mayName(name)) return null;
  const words = wordsOf(name);
  let last = words.length - 1;
  while (last > 0 && tails.has(words[last] ?? '')) last -= 1;
  const word = words[last] ?? '';
  const isVirtual = word === 'virtual' && words[last + 1] === 'id';
  const isEnrolment = /^enroll?ment$/.test(word) && numberWords.has(words[last + 1] ?? '');
  const inFront = words.slice(0, last);
  const isOwned = inFront.every(
    (each) => owners.has(each) || aadhaar.test(each) || other.test(each),
  );
  if (aadhaar.test(word) && (isOwned || words.slice(last).some((each) => numberWords.has(each)))) {
    return 'number';
  }
  if ((other.test(word) || isVirtual || isEnrolment) && isOwned) return 'number';
  return words.some((each) => aadhaar.test(each) || each === 'uidai') ? 'about' : null;
}

/** True if a field of this name holds an Aadhaar number and nothing else. */
export function isAadhaarName(name: string): boolean {
  return aadhaarMeaningOf(name) === 'number';
}

const mostLetters = 200;

/** False for nearly all names, at less cost than to look at their words. */
function mayName(name: string): boolean {
  return /ad[dh]?h?a|(?<!u)uid|[ev]id|virtual|enrol|[^ -~]/i.test(name);
}

/** The words of a name, in small letters: `aadhaarCardNo`, `AADHAAR_CARD_NO` and `Aadhaar card no.` alike. */
function wordsOf(name: string): string[] {
  const parted = name
    .normalize('NFKC')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();
  return parted.split(/[^\p{L}\p{M}]+/u).flatMap((word) => {
    if (word === '') return [];
    const [, core, card, number] = runTogether.exec(word) ?? [];
    if (core === undefined) return [word];
    return [core, card, number].filter((each) => each !== undefined);
  });
}

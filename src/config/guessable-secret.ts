/**
 * Words of placeholders and examples of secrets, in lower case. A secret is refused only if it holds
 * next to nothing else, so that a word here refuses no random secret.
 */
const placeholderWords = `
  a abc access account acct admin administrator all an and any api app application apply as at
  atlas audit auth authorization authtoken bar baz be bearer beef before bot by bytes cafebabe
  callback change changed character characters client code config configure cred credential
  credentials custom dead deadbeef def default define demo deploy dev development do dont dummy
  edit empty enter env environment example fake file fill fixme foo foobar for from gateway
  generate get give go goes good guest has here hex hidden hmac hunter hush id iloveyou in
  insecure insert invalid is issued it its jwt keep key keyboard keys least length letmein local
  localhost login long longer make master me minimum mock more must my name need never new no none
  not nothing now null of old on one only openssl or own pass passphrase passwd password passwords
  phrase placeholder please prod production public put pw pwd rand random real redis remove
  replace replaced replacement root safe salt same sample seal secret secrets secure security set
  shared should sign signing sixteen some something staging standard string stuff super
  supersecret sure tbd temp temporary tenant test testing text that the them then thing this tmp
  to todo token tokens top true type undefined unset update us use used user username value
  variable very we webhook welcome well with write xxx xyz you your yours`
  .trim()
  .split(/\s+/)
  .map(collapse);
const words = new Set(placeholderWords);
const longestWord = Math.max(...placeholderWords.map(({ length }) => length));

/** Marks of a placeholder wherever they stand: too long to stand in a random text by chance. */
const marks =
  /changeme|changethis|changeit|replaceme|replacethis|placeholder|putinitsplace|example/;
/** A template that was not filled in: `<secret>`, `${SECRET}`, `{{ secret }}`. */
const template = /^(<[a-z _.-]+>|\$?\{\{?[a-z _.:-]+\}?\}|\$[a-z_]+|%[a-z_]+%|\[[a-z _.-]+\])$/;

/** The alphabet, the digits and rows of keyboards; each is read in both directions. */
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '012345678901234567890',
  'qwertyuiop[]',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl;',
  'zxcvbnm,./',
  '!@#$%^&*()_+',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
];
const sequences = rows.flatMap((row) => [row, [...row].reverse().join('')]).join('\n');
const leastSequence = 3;
const mostInShortWord = 3;

const separator = /[\s._\-/:,|]/;
const date = /^(19|20)\d\d([-/.]?[01]\d([-/.]?[0-3]\d)?)?/;
/** The letters that these signs stand for in `p@ssw0rd`. */
const lookalikes: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** The least number of characters that no known word, sequence or repetition explains. */
const leastUnexplained = 4;
/** The same where every other character follows a sequence of its own: `1q2w3e4r`. */
const leastUnexplainedInTurns = 2;
const leastDistinct = 4;

/**
 * True if a secret is a known placeholder or has next to no entropy: words of placeholders, sequences,
 * dates, a few characters repeated. A random text of 64 bits or more would have to consist of such
 * pieces by chance. A phrase of other words is taken.
 */
export function isGuessable(secret: string): boolean {
  if (isPlaceholder(secret)) return true;
  if (new Set(secret).size < leastDistinct) return true;
  const lower = secret.toLowerCase();
  const [even, odd] = [0, 1].map((rest) => [...lower].filter((_, at) => at % 2 === rest).join(''));
  const onlySequences = true;
  const interleaved =
    countUnexplained(even ?? '', { onlySequences }) +
    countUnexplained(odd ?? '', { onlySequences });
  if (interleaved < leastUnexplainedInTurns) return true;
  return countUnrepeated(lower) < leastUnexplained;
}

/** True if a text is what documentation and templates have where a value belongs. */
export function isPlaceholder(given: string): boolean {
  const text = given.trim().toLowerCase();
  if (template.test(text)) return true;
  if (marks.test(text.replace(new RegExp(separator, 'g'), ''))) return true;
  return /[a-z]{2}/.test(text) && countUnexplained(text, { onlyWords: true }) === 0;
}

/** The unexplained characters of a text; one piece over and over counts once, and half. */
function countUnrepeated(text: string): number {
  for (let length = 1; length <= text.length / 2; length += 1) {
    const unit = text.slice(0, length);
    const isRepeated = unit.repeat(Math.ceil(text.length / length)).slice(0, text.length) === text;
    if (isRepeated) return Math.floor(countUnexplained(unit) / 2);
  }
  return countUnexplained(text);
}

interface CountOptions {
  /** Whether sequences and dates explain nothing. */
  readonly onlyWords?: boolean;
  /** Whether words and dates explain nothing. */
  readonly onlySequences?: boolean;
}

/** The reading of the last character. A short word counts only between other explained pieces. */
type Reading = 'unexplained' | 'explained' | 'short word';

/** The fewest characters that are left when words, sequences, dates and separators are taken out. */
function countUnexplained(given: string, options: CountOptions = {}): number {
  const text = collapse(given);
  const read = [...text].map((sign) => lookalikes[sign] ?? sign).join('');
  const least = Array.from({ length: text.length + 1 }, () => new Map<Reading, number>());
  least[0]?.set('explained', 0);
  const reach = (end: number, reading: Reading, count: number) => {
    const known = least[end]?.get(reading) ?? Number.POSITIVE_INFINITY;
    if (count < known) least[end]?.set(reading, count);
  };
  for (let at = 0; at < text.length; at += 1) {
    const pieces = piecesAt(text, read, at, options);
    for (const [reading, count] of least[at] ?? []) {
      if (separator.test(text.charAt(at))) reach(at + 1, 'explained', count);
      if (reading !== 'short word') reach(at + 1, 'unexplained', count + 1);
      for (const { end, isShort } of pieces) {
        if (!isShort) reach(end, 'explained', count);
        else if (reading !== 'unexplained') reach(end, 'short word', count);
      }
    }
  }
  return Math.min(...(least[text.length]?.values() ?? []));
}

interface Piece {
  readonly end: number;
  readonly isShort: boolean;
}

/** The words, sequences and dates that begin at a place. */
function piecesAt(text: string, read: string, at: number, options: CountOptions): Piece[] {
  const pieces: Piece[] = [];
  const longest = Math.min(text.length, at + longestWord);
  for (let end = at + 1; end <= longest && !options.onlySequences; end += 1) {
    const isWord = words.has(text.slice(at, end)) || words.has(read.slice(at, end));
    if (isWord) pieces.push({ end, isShort: end - at <= mostInShortWord });
  }
  if (options.onlyWords) return pieces;
  for (let end = at + leastSequence; end <= text.length; end += 1) {
    if (!sequences.includes(text.slice(at, end))) break;
    pieces.push({ end, isShort: false });
  }
  if (options.onlySequences) return pieces;
  const [dated] = date.exec(text.slice(at, at + 10)) ?? [];
  if (dated) pieces.push({ end: at + dated.length, isShort: true });
  return pieces;
}

/** A text with each character once where it stands several times in a row. */
function collapse(text: string): string {
  return text.replace(/(.)\1+/gs, '$1');
}

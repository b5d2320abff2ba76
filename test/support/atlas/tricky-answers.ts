import { isVerhoeffValid } from '../../../src/atlas/masking/verhoeff.ts';

/** A source of chance that is the same for the same seed. */
export type Chance = (below: number) => number;

/** Chance by a seed (mulberry32): whole numbers from 0 on, below a bound. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * An answer in which numbers stand in all the ways in which they are hard to find, or nearly do: whole,
 * parted over entries, members, envelopes and columns, in every script, between marks, tags and
 * entities, in links, under names and labels that speak of them, and under those that keep a value.
 */
export function trickyAnswer(chance: Chance): unknown {
  return toValue(chance, toPieces(chance), 0);
}

function pick<Value>(chance: Chance, values: readonly Value[]): Value {
  const value = values[chance(values.length)];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

function digitsOf(chance: Chance, length: number): string {
  let digits = '';
  while (digits.length < length) digits += String(chance(10));
  return digits;
}

/** Twelve digits or sixteen, nearly always with a right check digit and a first digit that is given out. */
function numberOf(chance: Chance): string {
  const head = pick(chance, ['2', '5', '9', '1', '0', '91']);
  const length = chance(4) === 0 ? 16 : 12;
  const digits = head + digitsOf(chance, length - 1 - head.length);
  const last = [...'0123456789'].find((digit) => isVerhoeffValid(digits + digit)) ?? '0';
  return digits + (chance(8) === 0 ? '7' : last);
}

const partings = [[12], [4], [4], [8, 4], [4, 8], [2], [3], [1], [6], [5, 5], [3, 5, 4], [2, 5]];

/** Pieces of numbers in their order, with other texts among them; half of the time all as they are. */
function toPieces(chance: Chance): string[] {
  const pieces: string[] = [];
  const isPlain = chance(2) === 0;
  const count = 1 + chance(2);
  for (let at = 0; at < count; at += 1) {
    const number = numberOf(chance);
    const lengths = pick(chance, partings);
    if (chance(6) === 0) pieces.push(pick(chance, others));
    if (chance(6) === 0) pieces.push(digitsOf(chance, lengths[0] ?? 1));
    for (let from = 0, part = 0; from < number.length; part += 1) {
      const length = lengths[part % lengths.length] ?? 4;
      const isPadded = from === 0 && chance(4) === 0;
      const piece = (isPadded ? '0'.repeat(1 + chance(3)) : '') + number.slice(from, from + length);
      pieces.push(isPlain ? piece : dress(chance, piece));
      from += length;
    }
    if (chance(4) === 0) pieces.push(digitsOf(chance, 1 + chance(6)));
  }
  return pieces;
}

const others = ['', 'ROAD', '13/01/1990', '411001', '-', '₹ 5', 'A & B', '0.97', '<br>', 'x1', '२'];
const zeros = [0x0966, 0xff10, 0x1d7ce, 0x0660];
const marks = ['\u0301', '\u200d', '\u00ad', '\u0001', '<b></b>', '&shy;', '&#8203;'];
const before = [
  ' ',
  '- ',
  'UID: ',
  'no ',
  '(',
  '\n',
  '+',
  '₹',
  '..',
  '-- -- -- --',
  '&nbsp;',
  '<i>',
];
const behind = [' ', ' -', ' ok', ')', '\t', '.', ',', '/', '%', '\\n', '</i>', ' & ', '::::::::'];

/** A piece as something may write it; usually as it is. */
function dress(chance: Chance, digits: string): string {
  let text = digits;
  switch (chance(18)) {
    case 4:
      text = [...digits].map((digit) => `\\u003${digit}`).join('');
      break;
    case 5:
      text = [...digits].map((digit) => `%3${digit}`).join('');
      break;
    case 6:
      text = `${digits.slice(0, 1)}.${digits.slice(1)}e${digits.length - 1}`;
      break;
    case 0: {
      const zero = pick(chance, zeros);
      text = [...digits].map((digit) => String.fromCodePoint(zero + Number(digit))).join('');
      break;
    }
    case 1:
      text = [...digits].join(pick(chance, marks));
      break;
    case 2:
      text = [...digits].map((digit) => `&#${48 + Number(digit)};`).join('');
      break;
    case 3:
      text = [...digits].join(pick(chance, [' ', '|', '/', ',']));
      break;
    default:
  }
  if (chance(8) === 0) text = pick(chance, before) + text;
  if (chance(8) === 0) text += pick(chance, behind);
  return text;
}

const plainNames = [
  'a',
  'b',
  'c',
  'value',
  'text',
  'dob',
  'confidence_score',
  'page',
  '7',
  'pin_2',
];
const tellingNames = ['uid', 'aadhaar_number', 'VID', 'name_as_per_aadhaar', 'आधार', 'virtual id'];
const keptNames = ['document_id', 'flow_uuid', 'batch_id', 'redact_url', 'session_id'];
const labelNames = ['name', 'field', 'key', 'id_type'];
const gaps = [
  '',
  '',
  ' ',
  '-',
  ' - ',
  '/',
  ',',
  ' | ',
  '<br>',
  '\n',
  '\\n',
  ' of ',
  '%20',
  '&tab;',
  '<!-- -->',
  '------------',
  '&nbsp;',
  '\u00a0',
];

function nameOf(chance: Chance): string {
  switch (chance(24)) {
    case 0:
      return pick(chance, tellingNames);
    case 1:
    case 2:
      return pick(chance, keptNames);
    case 3:
      return pick(chance, labelNames);
    case 4:
      return chance(4) === 0 ? numberOf(chance) : `score ${chance(3)}`;
    default:
      return pick(chance, plainNames);
  }
}

/** A text, or a number of JSON where it can be one. */
function toLeaf(chance: Chance, text: string): unknown {
  if (chance(5) === 0 && /^[1-9]\d{0,15}$/.test(text))
    return Number(text) / pick(chance, [1, 1, -1, 8]);
  if (chance(12) === 0) return toLink(chance, text);
  if (chance(20) === 0) return JSON.stringify([nameOf(chance), text]);
  return text;
}

function toLink(chance: Chance, text: string): string {
  const path = chance(2) === 0 ? encodeURIComponent(text) : text.replace(/\s/g, '');
  const head = pick(chance, [
    'https://files.example/',
    's3://b/a?x=1&y=',
    'https://h/?a=',
    'http://h/#k=',
  ]);
  return head + path + pick(chance, ['', '.jpg', '?v=2', '&b=1990']);
}

/** A link with a piece in each part of its query. */
function toQuery(chance: Chance, pieces: readonly string[]): string {
  const parts = pieces.map((piece, at) => `k${at}=${piece.replace(/\s/g, '')}`);
  return `https://h/a?${parts.join(pick(chance, ['&', ';', '#']))}`;
}

/** Members and entries that may stand among the parts of a number, some of them passed over. */
const between: readonly (readonly [name: string, value: unknown])[] = [
  ['confidence', 7],
  ['face_score', 90],
  ['score', '2'],
  ['document_id', '7'],
  ['redact_url', 'https://files.example/7'],
  ['y', 'https://files.example/7'],
  ['y', 'ROAD'],
  ['y', '₹'],
  ['y', null],
  ['y', 0.5],
  ['y', -3],
  ['y', []],
  ['y', { value: '' }],
  ['y', { a: 1, b: 'x' }],
];

/** Spreads pieces over a value: all in one text, or one after the other over entries of some kind. */
function toValue(chance: Chance, pieces: readonly string[], depth: number): unknown {
  if (pieces.length === 0) return pick(chance, [null, '', true, 0, 0.5, 7, [], {}, 'TEST']);
  if (pieces.length === 1 || depth > 3) return toLeaf(chance, pieces.join(pick(chance, gaps)));
  const each = pieces.map((piece) => toEntry(chance, [piece], depth));
  switch (chance(11)) {
    case 6:
      return JSON.stringify(each);
    case 7:
      return each.map((entry) => [entry, pick(chance, ['', null, 7, '-', [], 'x'])]);
    case 0:
      return chance(3) === 0
        ? toQuery(chance, pieces)
        : toLeaf(chance, pieces.join(pick(chance, gaps)));
    case 1:
      if (chance(3) === 0) each.splice(1, 0, pick(chance, between)[1]);
      return each;
    case 5:
    case 2:
      return toColumn(chance, each);
    case 3: {
      const at = 1 + chance(pieces.length - 1);
      return [
        toValue(chance, pieces.slice(0, at), depth + 1),
        toValue(chance, pieces.slice(at), depth + 1),
      ];
    }
    case 4:
      return { [pick(chance, labelNames)]: pick(chance, [...tellingNames, 'pan']), value: each };
    default: {
      const members: [string, unknown][] = [];
      for (const entry of each) {
        if (chance(9) === 0) members.push([nameOf(chance), toValue(chance, [], depth)]);
        if (chance(9) === 0) members.push([...pick(chance, between)]);
        members.push([nameOf(chance) + (chance(2) === 0 ? members.length : ''), entry]);
      }
      return Object.fromEntries(members);
    }
  }
}

/** Pieces as one entry, bare or in an envelope. */
function toEntry(chance: Chance, pieces: readonly string[], depth: number): unknown {
  const value =
    chance(5) === 0 ? toValue(chance, pieces, depth + 1) : toLeaf(chance, pieces.join(' '));
  switch (chance(10)) {
    case 0:
      return { value, confidence_score: 0.9 };
    case 1:
      return { [nameOf(chance)]: value };
    case 2:
      return [value];
    case 3:
      return { [pick(chance, labelNames)]: pick(chance, ['uid', 'pan', 'p1']), value };
    default:
      return value;
  }
}

/** Entries as a column of a table, beside another, with a row among them that has something else. */
function toColumn(chance: Chance, entries: readonly unknown[]): unknown {
  const name = chance(4) === 0 ? nameOf(chance) : pick(chance, plainNames);
  const kind = chance(4);
  const rows: unknown[] = entries.map((entry, at) => {
    const beside = chance(3) === 0 ? at : pick(chance, others);
    if (kind === 0) return [entry, beside];
    return kind === 1 ? { [name]: entry, y: beside } : { y: beside, [name]: entry, z: 'x' };
  });
  if (chance(3) === 0) {
    const [, value] = pick(chance, between);
    rows.splice(1, 0, pick(chance, [value, { [name]: value, z: 'x' }, [value, 'x']]));
  }
  return rows;
}

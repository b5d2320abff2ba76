import { isVerhoeffValid } from '../../../src/atlas/masking/verhoeff.ts';

/** Something that must not come out, and how it is known again. */
export interface Canary {
  readonly name: string;
  readonly pattern: RegExp;
  /** Whether those with `pii:read` may see it in data; nobody sees it anywhere else. */
  readonly isShownWithScope: boolean;
}

/** 2345 6789 0124 ends in its check digit and belongs to nobody. */
const aadhaar = '234567890124';
const vid = '9123456789012346';
if (!isVerhoeffValid(aadhaar)) throw new Error('the number would not be masked');

const groups = (digits: string, gap: string) => digits.replace(/\d{4}(?=\d)/g, `$&${gap}`);
/** The digits in their order, however they are grouped. */
const grouped = (digits: string) =>
  new RegExp([...digits].join('(?:\\\\n|<br>|[^\\p{L}\\p{N}]){0,5}'), 'u');
const literal = (text: string) => new RegExp(text.replaceAll(/[.+*?^$()[\]{}|\\]/g, '\\$&'));

/** Words as on documents; each occurs nowhere else. */
export const personal = {
  pan: 'QUXPZ1234Y',
  account: '40911220033445',
  name: 'QUUXINA ZYXWELL',
  address: '77 QUUXBURY ROAD',
  signature: 'quuxredactsignature',
} as const;

/** The ways in which the two numbers are written. */
export const numbers: readonly string[] = [
  aadhaar,
  groups(aadhaar, ' '),
  groups(aadhaar, '-'),
  groups(aadhaar, '.'),
  groups(aadhaar, '  '),
  groups(aadhaar, ' – '),
  groups(aadhaar, '\n'),
  groups(aadhaar, '<br>'),
  groups(aadhaar, ' / '),
  [...aadhaar].join('|'),
  [...aadhaar].join('\u0301'),
  `00${aadhaar}`,
  '234,567,890,124',
  `A${aadhaar}B`,
  vid,
  groups(vid, ' '),
  groups(vid, '-'),
];

/** Everything personal in one text, for whoever echoes what it was sent. */
export const echoed = [...Object.values(personal), ...numbers].join(' | ');

/** The canaries among what is personal. */
export const personalCanaries: readonly Canary[] = [
  ...Object.entries(personal).map(([name, text]) => ({
    name,
    pattern: literal(text),
    isShownWithScope: true,
  })),
  { name: 'aadhaar', pattern: grouped(aadhaar), isShownWithScope: false },
  { name: 'vid', pattern: grouped(vid), isShownWithScope: false },
];

/** A secret by its name: shown to nobody. */
export function toSecretCanary([name, text]: readonly [string, string]): Canary {
  if (text.length < 8) throw new Error(`${name} is too short to be known again`);
  return { name, pattern: literal(text), isShownWithScope: false };
}

/** Papers in Atlas's form that hold all of it, in every place where a value can stand. */
export function toPapers() {
  const field = (value: unknown) => ({ value, confidence_score: 0.9 });
  const { pan, account, name, address, signature } = personal;
  return {
    ocr_data: [
      {
        document_id: 'aadhaar',
        document_type: 'AADHAAR',
        name: field(name),
        aadhaar_number: {
          ...field(aadhaar),
          redact_url: `https://sandbox.invalid/redacted.jpg?X-Amz-Signature=${signature}`,
        },
        address: field(`${address}, ${numbers[1]}`),
        formatted_address: field({ address_line_1: address, city: numbers[2], postcode: '000001' }),
      },
      {
        document_id: 'pan',
        document_type: 'PAN',
        pan_number: field(pan),
        name_as_per_pan: field(name),
      },
      {
        document_id: 'other',
        document_type: 'SAMPLE_PAPER',
        account: field(account),
        ...Object.fromEntries(numbers.map((text, place) => [`text_${place}`, field(text)])),
        as_number: field(Number(aadhaar)),
        in_parts: field(aadhaar.match(/\d{4}/g)),
        ...Object.fromEntries(
          (aadhaar.match(/\d{4}/g) ?? []).map((part, place) => [`part_${place}`, field(part)]),
        ),
        uid: field(aadhaar),
        link: field(`https://sandbox.invalid/${aadhaar}.jpg`),
        in_a_list: field([{ deep: numbers }]),
        [numbers[1] ?? '']: field('a number for a name'),
        everything: field(echoed),
        [pan]: field('a PAN for a name'),
        [account]: field('an account for a name'),
      },
      { document_id: 'typed', document_type: pan, name: field(name) },
      { document_id: 'failed', error_code: echoed, error_reason: echoed },
    ],
    cross_checks: [
      {
        field: 'name',
        document_type_1: 'PAN',
        document_type_2: 'AADHAAR',
        value_1: name,
        value_2: echoed,
        similarity_score: 50,
      },
    ],
  };
}

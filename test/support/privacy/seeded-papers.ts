import { type DocumentField, documentTypes } from '../../../src/atlas/api/document-types.ts';

/** Papers in the form of Atlas's answers, and every value in them that nobody may see unasked. */
export interface SeededPapers {
  readonly ocrData: readonly Record<string, unknown>[];
  readonly crossChecks: readonly Record<string, unknown>[];
  /** Shown to who may read personal data, and to nobody else. */
  readonly secrets: readonly string[];
  /** Shown to nobody. */
  readonly aadhaarNumbers: readonly string[];
}

/** 2345 6789 0124 ends in its check digit and belongs to nobody, and so does the other. */
const aadhaarNumbers = ['234567890124', '9999 4105 7058'];

/** A paper of every type in the catalogue, of one it does not know, and some that failed. */
export function createSeededPapers(): SeededPapers {
  const secrets: string[] = [];
  let count = 0;

  /** A word that stands nowhere else. */
  function seed(prefix = 'Quux'): string {
    count += 1;
    const word = `${prefix}${String(count).padStart(3, '0')}zyx`;
    secrets.push(word);
    return word;
  }

  /** A day of the calendar that is nobody's birthday, each time another one. */
  function seedDate(): string {
    count += 1;
    const date = `${String(1 + (count % 28)).padStart(2, '0')}/07/${2200 + count}`;
    secrets.push(date);
    return date;
  }

  function toValue({ kind }: DocumentField): unknown {
    switch (kind) {
      case 'date':
        return seedDate();
      case 'aadhaar':
        return aadhaarNumbers[0];
      case 'flag':
        return 'original';
      case 'address_object':
        return {
          address_line_1: seed(),
          address_line_2: seed(),
          city: seed(),
          state: seed(),
          postcode: seed('00'),
        };
      default:
        return `${seed()} ${seed()}`;
    }
  }

  const strange = () => ({
    strange_text: { value: `${seed()}, ${aadhaarNumbers[1]}`, confidence_score: 0.5 },
    strange_number: { value: Number(seedNumber()), confidence_score: 0.5 },
    strange_object: { value: { deep: [{ deeper: seed() }] } },
    strange_list: { value: [seed(), 1, null] },
    bare_text: seed(),
    bare_object: { holder: seed() },
    redacted: { value: null, redact_url: `https://sandbox.invalid/${seed()}` },
  });

  function seedNumber(): string {
    count += 1;
    const number = String(7_000_000_000 + count);
    secrets.push(number);
    return number;
  }

  const papers = documentTypes.map(({ type, fields }) => ({
    document_id: `document-${type}`,
    document_type: type,
    ...Object.fromEntries(
      fields.map((field) => [
        field.name,
        {
          value: toValue(field),
          confidence_score: 0.9,
          ...(field.kind === 'aadhaar'
            ? { redact_url: `https://sandbox.invalid/redacted/${seed()}` }
            : {}),
        },
      ]),
    ),
    ...strange(),
  }));
  const checked = ['name', 'date_of_birth', 'dealer_address', 'pan_number', 'strange_check', null];
  return {
    aadhaarNumbers,
    secrets,
    ocrData: [
      ...papers,
      { document_id: 'document-unknown', document_type: 'SAMPLE_PAPER', ...strange() },
      { document_id: 'document-untyped', ...strange() },
      { document_id: 'failed-1', error_code: 'INVALID_DOC', error_reason: `it shows ${seed()}` },
      { document_id: 'failed-2', error_code: seed(), error_message: seed() },
    ],
    crossChecks: checked.map((field, place) => ({
      ...(field === null ? {} : { field }),
      document_type_1: 'PAN',
      document_type_2: 'AADHAAR',
      value_1: field === 'date_of_birth' ? seedDate() : seed(),
      value_2: field === 'pan_number' ? `SAMPLE${seed()}` : seed(),
      similarity_score: 10 * place,
    })),
  };
}

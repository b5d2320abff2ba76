/** How many answers of each size there are: flows differ, so that a mixed-up answer is seen. */
export const variants = 10;
/** The mark in the uuid of a flow that has not ended. */
export const underWay = 'under-way';

interface Envelope {
  readonly value: string;
  readonly confidence_score: number;
}

/** An `ocr_data` entry (CONTRACT 4.4), its fields flat beside `document_type`. */
export type WireDocument = Readonly<Record<string, string | Envelope>> & {
  readonly document_id: string;
  readonly document_type: string;
  readonly error_code: string;
};

/** A `cross_checks` entry, its members named as the sandbox names them. */
export interface WireCrossCheck {
  readonly field: string;
  readonly document_type_1: string;
  readonly document_type_2: string;
  readonly document_id_1: string;
  readonly document_id_2: string;
  readonly value_1: string;
  readonly value_2: string;
  readonly similarity_score: number;
}

export interface WireExtracts {
  readonly ocr_data: readonly WireDocument[];
  readonly cross_checks: readonly WireCrossCheck[];
}

export interface WireStatus {
  readonly upload_status: string;
  readonly processing_status: string;
  readonly crossheck_status: string;
  readonly master_status: string;
}

const types: readonly (readonly [type: string, fields: readonly string[]])[] = [
  ['PAN', ['name_as_per_pan', 'father_name', 'dob', 'pan_number', 'document_quality_flag']],
  ['VOTER_ID', ['voter_id', 'name', 'date_of_birth', 'gender']],
  ['DRIVING_LICENSE', ['dl_number', 'name', 'date_of_birth', 'issue_date', 'valid_till', 'state']],
  [
    'PASSPORT',
    ['passport_number', 'name', 'date_of_birth', 'place_of_birth', 'gender', 'date_of_expiry'],
  ],
  ['DELIVERY_ORDER', ['customer_name', 'dealer_address']],
  ['INVOICE', ['customer_name', 'dealer_address']],
];
const compared: readonly (readonly [field: string, left: number, right: number])[] = [
  ['customer_name', 4, 5],
  ['dealer_address', 4, 5],
  ['name', 1, 2],
  ['name', 2, 3],
  ['date_of_birth', 1, 3],
];

/**
 * Atlas's answer about an ended flow with so many documents; five cross-checks where it has six.
 */
export function toExtracts(documents: number, variant: number): WireExtracts {
  const ocrData = Array.from({ length: documents }, (_, place) => toDocument(place, variant));
  const checks = documents < types.length ? [] : compared;
  return {
    ocr_data: ocrData,
    cross_checks: checks.map(([field, left, right], place) => ({
      field,
      document_type_1: types[left]?.[0] ?? '',
      document_type_2: types[right]?.[0] ?? '',
      document_id_1: `document-${left}`,
      document_id_2: `document-${right}`,
      value_1: toValue(field, left, variant),
      value_2: toValue(field, right, variant),
      similarity_score: 60 + 4 * place + variant,
    })),
  };
}

/** Where a flow stands that goes on. */
export const statusUnderWay: WireStatus = {
  upload_status: 'SUCCESS',
  processing_status: 'IN_PROGRESS',
  crossheck_status: 'PENDING',
  master_status: 'IN_PROGRESS',
};

/** Where an ended flow stands. */
export function toStatus(variant: number): WireStatus {
  return {
    upload_status: 'SUCCESS',
    processing_status: variant === 3 ? 'FAILED' : 'SUCCESS',
    crossheck_status: 'COMPLETED',
    master_status: variant === 3 ? 'FAILED' : 'SUCCESS',
  };
}

function toDocument(place: number, variant: number): WireDocument {
  const [type, fields] = types[place % types.length] ?? ['', []];
  return {
    document_id: `document-${place}`,
    error_code: '',
    error_reason: '',
    document_type: type,
    ...Object.fromEntries(
      fields.map((name, column) => [
        name,
        { value: toValue(name, place, variant), confidence_score: (80 + column + variant) / 100 },
      ]),
    ),
  };
}

function toValue(field: string, place: number, variant: number): string {
  if (/date|dob|valid/.test(field)) return `0${1 + (place % 9)}/0${1 + (variant % 9)}/1990`;
  return `SAMPLE ${field.toUpperCase().replaceAll('_', ' ')} ${place}-${variant}`;
}

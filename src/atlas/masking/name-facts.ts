import { documentTypes } from '../api/document-types.ts';
import { maskAadhaarIn } from './aadhaar.ts';
import { type AadhaarMeaning, aadhaarMeaningOf, isAadhaarName } from './aadhaar-names.ts';
import { correlators, isLabel } from './masked-values.ts';

/** The facts about a member's name that masking needs. */
export interface NameFacts {
  readonly name: string;
  readonly meaning: AadhaarMeaning | null;
  /** Whether the name itself is masked. */
  readonly isMasked: boolean;
  /** Whether the value beside may say what the object is: `{"name": "uid", "value": "…"}`. */
  readonly isLabel: boolean;
  readonly isCorrelator: boolean;
  readonly isRedactUrl: boolean;
  /** Whether a number of this name is no part of another. */
  readonly isScore: boolean;
}

/** Reads a name. */
export function toNameFacts(name: string): NameFacts {
  return {
    name,
    meaning: aadhaarMeaningOf(name),
    isMasked: maskAadhaarIn(name) !== name,
    isLabel: isLabel(name),
    isCorrelator: correlators.has(name),
    isRedactUrl: name === 'redact_url',
    isScore: /confidence|score/i.test(name),
  };
}

/** Members of Atlas's answers, beside the fields of its documents. */
const wireNames = [
  ...[
    'ocr_data',
    'cross_checks',
    'data',
    'match_data',
    'document_id',
    'document_type',
    'file_data',
  ],
  ...[
    'error_code',
    'error_reason',
    'file_uuid',
    'batch_id',
    'value',
    'confidence_score',
    'redact_url',
  ],
  ...['index', 'source_address', 'target_address', 'similarity_score', 'same_person_score'],
  ...['state', 'postcode', 'address_line_1', 'address_line_2', 'city', 'flow_uuid', 'field'],
  ...['upload_status', 'processing_status', 'crossheck_status', 'master_status'],
  ...['document_type_1', 'document_type_2', 'document_id_1', 'document_id_2', 'value_1', 'value_2'],
];

/** The facts of the names that nearly all answers consist of, so that they are read once. */
export const knownNames: ReadonlyMap<string, NameFacts> = new Map(
  [...wireNames, ...documentTypes.flatMap(({ fields }) => fields.map(({ name }) => name))].map(
    (name) => [name, toNameFacts(name)],
  ),
);

/** True if a field of this name holds an Aadhaar number and nothing else; cheap for names that are known. */
export function isNumberField(name: string): boolean {
  const known = knownNames.get(name);
  return known === undefined ? isAadhaarName(name) : known.meaning === 'number';
}

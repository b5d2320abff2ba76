import { documentTypeRow } from '../atlas/api/document-types.ts';
import { type ExtractedFile, isExtracted, type SubmittedFile } from './documents.ts';
import { isRecord } from './is-record.ts';
import { similarityOf } from './similarity.ts';

/**
 * How the members of a cross-check are called. Only `similarity_score` is documented
 * (CONTRACT 4.4), so the rest is a choice, and one that can be changed.
 */
export interface CrossCheckNames {
  readonly field: string;
  readonly leftType: string;
  readonly rightType: string;
  readonly leftDocument: string;
  readonly rightDocument: string;
  readonly leftValue: string;
  readonly rightValue: string;
}

/** The names that the sandbox uses unless told otherwise. */
export const defaultCrossCheckNames: CrossCheckNames = {
  field: 'field',
  leftType: 'document_type_1',
  rightType: 'document_type_2',
  leftDocument: 'document_id_1',
  rightDocument: 'document_id_2',
  leftValue: 'value_1',
  rightValue: 'value_2',
};

/** A comparison: its name, the pairs of types it is made on, and what the field may be called. */
interface Rule {
  readonly field: string;
  readonly members: readonly string[];
  readonly applies: (leftType: string, rightType: string) => boolean;
}

const rules: readonly Rule[] = [
  { field: 'customer_name', members: ['customer_name'], applies: isSale },
  { field: 'dealer_address', members: ['dealer_address'], applies: isSale },
  { field: 'name', members: ['name', 'name_as_per_pan'], applies: isIdentity },
  { field: 'date_of_birth', members: ['date_of_birth', 'dob'], applies: isIdentity },
];

/** Compares the documents of a flow pair by pair, those that came first on the left. */
export function crossChecksOf(
  files: readonly SubmittedFile[],
  names: CrossCheckNames,
): Record<string, unknown>[] {
  const extracted = files.filter(isExtracted);
  return rules.flatMap((rule) =>
    toPairs(extracted, rule).flatMap(([left, right]) => {
      const leftValue = valueIn(left, rule);
      const rightValue = valueIn(right, rule);
      if (leftValue === null || rightValue === null) return [];
      return {
        [names.field]: rule.field,
        [names.leftType]: left.reading.documentType,
        [names.rightType]: right.reading.documentType,
        [names.leftDocument]: left.documentId,
        [names.rightDocument]: right.documentId,
        [names.leftValue]: leftValue,
        [names.rightValue]: rightValue,
        similarity_score: Math.round(similarityOf(leftValue, rightValue) * 100),
      };
    }),
  );
}

/** The pairs that a rule applies to, turned round where it asks for the other order. */
function toPairs(files: readonly ExtractedFile[], rule: Rule) {
  const pairs: (readonly [left: ExtractedFile, right: ExtractedFile])[] = [];
  for (const [place, first] of files.entries()) {
    for (const second of files.slice(place + 1)) {
      const [firstType, secondType] = [first.reading.documentType, second.reading.documentType];
      if (rule.applies(firstType, secondType)) pairs.push([first, second]);
      else if (rule.applies(secondType, firstType)) pairs.push([second, first]);
    }
  }
  return pairs;
}

function isSale(left: string, right: string): boolean {
  return left === 'DELIVERY_ORDER' && right === 'INVOICE';
}

function isIdentity(left: string, right: string): boolean {
  return [left, right].every((type) => documentTypeRow(type)?.category === 'identity');
}

function valueIn(file: ExtractedFile, rule: Rule): string | null {
  const member = rule.members.map((name) => file.reading.fields[name]).find(isRecord);
  return typeof member?.value === 'string' ? member.value : null;
}

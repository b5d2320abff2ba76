import { lastFourOf, maskAadhaar } from '../../atlas/masking/aadhaar.ts';
import type { Operation } from '../operation/context.ts';
import type { DocumentOwner } from '../operation/document-owner.ts';
import { BadInputError } from '../operation/errors.ts';
import {
  AadhaarNumberRef,
  AddressMatchRef,
  ExtractedAddressRef,
  ExtractedDateRef,
  ExtractedIdentifierRef,
  type ExtractedNode,
  ExtractedTextRef,
  ExtractedValueRef,
  FormattedAddressRef,
} from '../refs.ts';
import { requireText } from '../require.ts';
import { loadAddressMatch } from './address-match.ts';
import { toIsoDate } from './iso-date.ts';

ExtractedValueRef.implement({
  description: 'A value that Atlas read from a document.',
  fields: (t) => ({
    value: t.string({
      nullable: true,
      description:
        'The value as it was read; null when it could not be. Masked without `pii:read`.',
      resolve: ({ field }) => field.value.read(),
    }),
    isMasked: t.boolean({
      description: 'Whether part of the value is masked.',
      resolve: ({ field }) => field.value.isMasked,
    }),
    confidence: t.float({
      nullable: true,
      description: 'How certain Atlas is of the value, 0 to 1. Says nothing of authenticity.',
      resolve: ({ field }) => field.confidence,
    }),
  }),
});

ExtractedTextRef.implement({
  description: 'A name or another free text.',
  interfaces: [ExtractedValueRef],
  isTypeOf: () => true,
});

ExtractedDateRef.implement({
  description: 'A date.',
  interfaces: [ExtractedValueRef],
  fields: (t) => ({
    date: t.field({
      type: 'Date',
      nullable: true,
      description:
        'The date as a calendar day, read as day before month; null when the text is not a date, is ambiguous, or is masked.',
      resolve: ({ field }) => toIsoDate(field.value.read()),
    }),
  }),
});

ExtractedIdentifierRef.implement({
  description: 'A number or code that identifies someone or something.',
  interfaces: [ExtractedValueRef],
  fields: (t) => ({
    masked: t.string({
      description:
        'The value with all letters and digits masked but the last four, and never more than half of them shown; empty when there is no value. The same for every caller.',
      resolve: ({ field }) => field.value.readMasked() ?? '',
    }),
  }),
});

ExtractedAddressRef.implement({
  description: 'An address.',
  interfaces: [ExtractedValueRef],
  fields: (t) => ({
    formatted: t.field({
      type: FormattedAddressRef,
      nullable: true,
      description: 'The address in its parts, when Atlas gave them.',
      resolve: ({ field, document }) =>
        document.record.fields.find(({ name }) => name === `formatted_${field.name}`)?.members,
    }),
    match: t.field({
      type: AddressMatchRef,
      nullable: true,
      description:
        'The result of comparing this address with another one. The other address is the source and this one the target, so that all comparisons with one source are sent in one call. Null when there is no value. Needs `addresses:match` and `pii:read`: a score reveals something about the address.',
      authScopes: { $all: { 'addresses:match': true, 'pii:read': true } },
      args: {
        against: t.arg.string({ required: true, description: 'The address to compare with.' }),
        applicationId: t.arg.string({
          description:
            "The lender's id of the loan application; by default that of the flow, if the gateway knows it.",
        }),
      },
      resolve: async ({ field, document }, { against, applicationId }, { operation }) => {
        requireText('against', against);
        const id = applicationId ?? (await loadApplicationId(operation, document.owner));
        if (id == null) {
          throw new BadInputError(
            'applicationId: is needed, because it is not known here for this document.',
          );
        }
        return await loadAddressMatch(operation, id, against, field.value);
      },
    }),
  }),
});

FormattedAddressRef.implement({
  description: 'An address in its parts. Each is masked without `pii:read`.',
  fields: (t) => ({
    isMasked: t.boolean({
      description: 'Whether any part is masked.',
      resolve: (parts) => [...parts.values()].some(({ isMasked }) => isMasked),
    }),
    addressLine1: t.string({
      nullable: true,
      description: 'House and street.',
      resolve: (parts) => parts.get('address_line_1')?.read(),
    }),
    addressLine2: t.string({
      nullable: true,
      description: 'The rest of the address, where it does not fit the first line.',
      resolve: (parts) => parts.get('address_line_2')?.read(),
    }),
    city: t.string({
      nullable: true,
      description: 'City, town or village.',
      resolve: (parts) => parts.get('city')?.read(),
    }),
    state: t.string({
      nullable: true,
      description: 'State or union territory.',
      resolve: (parts) => parts.get('state')?.read(),
    }),
    postcode: t.string({
      nullable: true,
      description: 'The PIN code.',
      resolve: (parts) => parts.get('postcode')?.read(),
    }),
  }),
});

AadhaarNumberRef.implement({
  description: 'An Aadhaar number. No caller ever sees the full number.',
  fields: (t) => ({
    masked: t.string({
      description: 'The number with all but its last four digits masked.',
      resolve: ({ field }) => maskAadhaar(field.value.read() ?? ''),
    }),
    lastFour: t.string({
      nullable: true,
      description: 'The last four digits; null when they could not be read.',
      resolve: ({ field }) => lastFourOf(field.value.read() ?? ''),
    }),
    redactedImageUrl: t.field({
      type: 'URL',
      nullable: true,
      description:
        'A link to the image with the number blacked out. It expires: fetch, do not keep. It still shows a face and a name: null without `pii:read`.',
      resolve: ({ field }) => toHttpUrl(field.redactUrl.read()),
    }),
    confidence: t.float({
      nullable: true,
      description: 'How certain Atlas is of the number, 0 to 1.',
      resolve: ({ field }: ExtractedNode) => field.confidence,
    }),
  }),
});

function toHttpUrl(text: string | null): string | null {
  return text !== null && /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) ? text : null;
}

/** The application of the flow that a document was uploaded to, where it is known here. */
async function loadApplicationId({ register, tenant }: Operation, owner: DocumentOwner) {
  if (owner.kind !== 'flow') return null;
  return (await register.flow(tenant.id, owner.uuid))?.applicationId;
}

import { lastFourOf, maskAadhaar } from '../atlas/aadhaar.ts';
import { loadAddressMatch } from './address-match.ts';
import { BadInputError } from './errors.ts';
import { toIsoDate } from './iso-date.ts';
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
} from './refs.ts';
import { requireText } from './require.ts';

/** A value as text, whatever JSON it is; null stays null. */
export function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

ExtractedValueRef.implement({
  description: 'A value that Atlas read from a document.',
  fields: (t) => ({
    value: t.string({
      nullable: true,
      description: 'The value as it was read; null when it could not be.',
      resolve: ({ field }) => toText(field.value),
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
        'The same as a day of the calendar, read day before month; null when it is none, or could be read in two ways.',
      resolve: ({ field }) => toIsoDate(toText(field.value)),
    }),
  }),
});

ExtractedIdentifierRef.implement({
  description: 'A number or code that identifies someone or something.',
  interfaces: [ExtractedValueRef],
  fields: (t) => ({
    masked: t.string({
      description: 'All but the last four characters crossed out; empty when there is no value.',
      resolve: ({ field }) => (toText(field.value) ?? '').replace(/[^\s-](?=.{4})/gsu, 'X'),
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
      resolve: ({ field, document }) => {
        const formatted = document.record.fields.find(
          (candidate) => candidate.name === `formatted_${field.name}`,
        )?.value;
        const isObject = typeof formatted === 'object' && formatted !== null;
        return isObject ? { ...formatted } : null;
      },
    }),
    match: t.field({
      type: AddressMatchRef,
      nullable: true,
      description:
        'How this address compares with another. The other is the source and this the target, so that all addresses compared with one source leave in one call. Null when there is no value.',
      args: {
        against: t.arg.string({ required: true, description: 'The address to compare with.' }),
        applicationId: t.arg.string({
          description:
            'The application asked for; by default that of the flow, if it is known here.',
        }),
      },
      resolve: async ({ field, document }, { against, applicationId }, { operation }) => {
        requireText('against', against);
        const target = toText(field.value);
        if (target === null) return null;
        const { owner } = document;
        const known =
          owner.kind === 'flow'
            ? operation.register.flow(operation.tenant.id, owner.uuid)?.applicationId
            : undefined;
        const id = applicationId ?? known;
        if (id === undefined) {
          throw new BadInputError(
            'applicationId: is needed, because it is not known here for this document.',
          );
        }
        return await loadAddressMatch(operation, { applicationId: id, source: against, target });
      },
    }),
  }),
});

FormattedAddressRef.implement({
  description: 'An address in its parts.',
  fields: (t) => ({
    addressLine1: t.string({
      nullable: true,
      description: 'House and street.',
      resolve: (address) => toText(address.address_line_1),
    }),
    addressLine2: t.string({
      nullable: true,
      description: 'What does not fit the first line.',
      resolve: (address) => toText(address.address_line_2),
    }),
    city: t.string({
      nullable: true,
      description: 'City, town or village.',
      resolve: (address) => toText(address.city),
    }),
    state: t.string({
      nullable: true,
      description: 'State or union territory.',
      resolve: (address) => toText(address.state),
    }),
    postcode: t.string({
      nullable: true,
      description: 'The PIN code.',
      resolve: (address) => toText(address.postcode),
    }),
  }),
});

AadhaarNumberRef.implement({
  description: 'An Aadhaar number. The full number is never shown: not here, not to anybody.',
  fields: (t) => ({
    masked: t.string({
      description: 'The number with all but its last four digits crossed out.',
      resolve: ({ field }) => maskAadhaar(toText(field.value) ?? ''),
    }),
    lastFour: t.string({
      nullable: true,
      description: 'The last four digits; null when they could not be read.',
      resolve: ({ field }) => lastFourOf(toText(field.value) ?? ''),
    }),
    redactedImageUrl: t.field({
      type: 'URL',
      nullable: true,
      description:
        'A link to the image with the number blacked out. It expires: fetch, do not keep.',
      resolve: ({ field }) => toHttpUrl(field.redactUrl),
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

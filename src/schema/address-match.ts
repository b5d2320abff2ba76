import { builder } from './builder.ts';
import type { Operation } from './context.ts';
import { BadInputError } from './errors.ts';
import type { AddressPair } from './loaders.ts';
import { AddressMatchFailureRef, type AddressMatchNode, AddressMatchRef } from './refs.ts';
import { requireText } from './require.ts';

const mostTargets = 100;

/** How two addresses compare; all that share a source in one operation leave in one call. */
export async function loadAddressMatch(
  operation: Operation,
  pair: AddressPair,
): Promise<AddressMatchNode> {
  requireText('applicationId', pair.applicationId);
  requireText('source', pair.source);
  requireText('target', pair.target);
  const record = await operation.loaders.addressMatch.load(pair);
  return { record, source: pair.source, target: pair.target };
}

AddressMatchFailureRef.implement({
  description: 'Why one address could not be compared.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description:
        "Atlas's code, such as 422 for an address that can't be normalised; NO_SCORE or NO_RESULT when it gave none.",
    }),
    message: t.exposeString('message', { nullable: true, description: 'An explanation.' }),
  }),
});

AddressMatchRef.implement({
  description: 'How two addresses compare.',
  fields: (t) => ({
    sourceAddress: t.exposeString('source', { description: 'The address compared with.' }),
    targetAddress: t.exposeString('target', { description: 'The address compared.' }),
    similarityScore: t.float({
      nullable: true,
      description: 'How close the two are, 0 to 100; null when they could not be compared.',
      resolve: ({ record }) => record.similarityScore,
    }),
    samePersonScore: t.int({
      nullable: true,
      description: 'How likely both belong to one person, 0 to 10.',
      resolve: ({ record }) => record.samePersonScore,
    }),
    failure: t.field({
      type: AddressMatchFailureRef,
      nullable: true,
      description: 'Why this pair could not be compared; the others are not touched by it.',
      resolve: ({ record }) => record.failure,
    }),
  }),
});

builder.queryFields((t) => {
  const applicationId = t.arg.string({
    required: true,
    description: "The lender's id of the loan application.",
  });
  const source = t.arg.string({ required: true, description: 'The address to compare with.' });
  return {
    addressMatch: t.field({
      type: AddressMatchRef,
      description: 'Compares two addresses.',
      args: {
        applicationId,
        source,
        target: t.arg.string({ required: true, description: 'The address to compare.' }),
      },
      resolve: (_root, pair, { operation }) => loadAddressMatch(operation, pair),
    }),
    addressMatches: t.field({
      type: [AddressMatchRef],
      description:
        'Compares one address with up to 100 others; the answers are in the order given.',
      args: {
        applicationId,
        source,
        targets: t.arg.stringList({ required: true, description: 'The addresses to compare.' }),
      },
      resolve: (_root, { targets, ...pair }, { operation }) => {
        if (targets.length > mostTargets) {
          throw new BadInputError(`targets: at most ${mostTargets} at a time.`);
        }
        return targets.map((target) => loadAddressMatch(operation, { ...pair, target }));
      },
    }),
  };
});

import { isCode } from '../../privacy/codes.ts';
import { type RedactedValue, toCallerText } from '../../privacy/redaction.ts';
import { builder } from '../builder.ts';
import type { Operation } from '../operation/context.ts';
import { BadInputError } from '../operation/errors.ts';
import { AddressMatchFailureRef, type AddressMatchNode, AddressMatchRef } from '../refs.ts';
import { requireText } from '../require.ts';

const mostTargets = 100;
const noResult = 'a target got no result';

/**
 * How two addresses compare; all that share a source in one operation leave in one call. Null where
 * the target holds no address. It is compared as it is, and shown as the viewer may see it.
 */
export async function loadAddressMatch(
  { loaders }: Operation,
  applicationId: string,
  source: string,
  target: RedactedValue,
): Promise<AddressMatchNode | null> {
  const matching = target.use((address) => {
    requireGroup(applicationId, source);
    requireText('target', address);
    return loaders.addresses({ applicationId, source }).match([address]);
  });
  if (matching === null) return null;
  const [record] = await matching;
  if (record === undefined || record instanceof Error) throw record ?? new Error(noResult);
  return { record, source, target };
}

/** The same for targets that the caller gave; what fails of them fails alone. */
async function loadOwnMatches(
  { loaders }: Operation,
  applicationId: string,
  source: string,
  targets: readonly string[],
): Promise<(AddressMatchNode | Promise<never>)[]> {
  if (targets.length === 0) return [];
  requireGroup(applicationId, source);
  for (const target of targets) requireText('target', target);
  const records = await loaders.addresses({ applicationId, source }).match(targets);
  return records.map((record, index) =>
    record instanceof Error
      ? Promise.reject(record)
      : { record, source, target: toCallerText(targets[index] ?? '') },
  );
}

function requireGroup(applicationId: string, source: string): void {
  requireText('applicationId', applicationId);
  requireText('source', source);
}

AddressMatchFailureRef.implement({
  description: 'The reason why one address could not be compared.',
  fields: (t) => ({
    code: t.string({
      description:
        "Atlas's code, such as 422 for an address that can't be normalised; NO_SCORE when it gave no score, NO_RESULT when it gave no result that certainly belongs to this address, OTHER for a text that does not look like a code. Without `pii:read` also OTHER for a code that may be a person's name: one with a word that is not common in documents and their processing.",
      resolve: ({ code }, _args, { operation }) =>
        operation.principal.scopes.has('pii:read') || isCode(code) ? code : 'OTHER',
    }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'An explanation of the code. It quotes no address.',
    }),
  }),
});

AddressMatchRef.implement({
  description: 'The result of comparing two addresses.',
  fields: (t) => ({
    sourceAddress: t.exposeString('source', {
      description: 'The source address of the comparison.',
    }),
    targetAddress: t.string({
      description: 'The target address of the comparison.',
      resolve: ({ target }) => target.read() ?? '',
    }),
    isMasked: t.boolean({
      description: 'Whether part of the compared address is masked.',
      resolve: ({ target }) => target.isMasked,
    }),
    similarityScore: t.float({
      nullable: true,
      description:
        'How similar the two addresses are, 0 to 100; null when they could not be compared.',
      resolve: ({ record }) => record.similarityScore,
    }),
    samePersonScore: t.int({
      nullable: true,
      description: 'How likely it is that both addresses belong to one person, 0 to 10.',
      resolve: ({ record }) => record.samePersonScore,
    }),
    failure: t.field({
      type: AddressMatchFailureRef,
      nullable: true,
      description:
        'The reason why this pair could not be compared; null if it was compared. Other pairs are not affected.',
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
      nullable: true,
      description: 'Compares two addresses. Needs `addresses:match`.',
      authScopes: { 'addresses:match': true },
      args: {
        applicationId,
        source,
        target: t.arg.string({ required: true, description: 'The address to compare.' }),
      },
      resolve: async (_root, pair, { operation }) => {
        const { applicationId: id, source: from, target } = pair;
        const [match] = await loadOwnMatches(operation, id, from, [target]);
        if (match === undefined) throw new Error(noResult);
        return await match;
      },
    }),
    addressMatches: t.field({
      type: [AddressMatchRef],
      nullable: true,
      description:
        'Compares one address with up to 100 others; the results have the order of `targets`. Needs `addresses:match`.',
      authScopes: { 'addresses:match': true },
      args: {
        applicationId,
        source,
        targets: t.arg.stringList({ required: true, description: 'The addresses to compare.' }),
      },
      resolve: (_root, { applicationId: id, source: from, targets }, { operation }) => {
        if (targets.length > mostTargets) {
          throw new BadInputError(`targets: at most ${mostTargets} at a time.`);
        }
        return loadOwnMatches(operation, id, from, targets);
      },
    }),
  };
});

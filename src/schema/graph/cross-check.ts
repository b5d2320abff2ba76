import {
  type CrossCheckNode,
  CrossCheckRef,
  CrossCheckSideRef,
  CrossCheckSummaryRef,
  DocumentRef,
} from '../refs.ts';
import { requireWithin } from '../require.ts';
import { loadOwnedDocuments } from './document.ts';

CrossCheckSideRef.implement({
  description: 'One of the two documents that are compared.',
  fields: (t) => ({
    documentType: t.string({
      nullable: true,
      description: "Atlas's name for the document's type.",
      resolve: ({ side }) => side.documentType,
    }),
    value: t.string({
      nullable: true,
      description: 'The value of the field on this document. Masked without `pii:read`.',
      resolve: ({ side }) => side.value.read(),
    }),
    isMasked: t.boolean({
      description: 'Whether part of the value is masked.',
      resolve: ({ side }) => side.value.isMasked,
    }),
    document: t.field({
      type: DocumentRef,
      nullable: true,
      description: 'The document, when Atlas named it or it is the only one of its type.',
      resolve: async ({ side, flowUuid }, _args, { operation }) => {
        const { byId, onlyOfType } = await loadOwnedDocuments(operation, flowUuid);
        if (side.documentId !== null) return byId.get(side.documentId);
        return side.documentType === null ? null : onlyOfType.get(side.documentType);
      },
    }),
  }),
});

CrossCheckRef.implement({
  description: 'One field compared between two documents of a flow.',
  fields: (t) => ({
    field: t.string({
      nullable: true,
      description: "Atlas's name for the compared field.",
      resolve: ({ record }) => record.field,
    }),
    left: t.field({
      type: CrossCheckSideRef,
      description: 'The first of the two documents.',
      resolve: ({ record, flowUuid }) => ({ side: record.left, flowUuid }),
    }),
    right: t.field({
      type: CrossCheckSideRef,
      description: 'The second of the two documents.',
      resolve: ({ record, flowUuid }) => ({ side: record.right, flowUuid }),
    }),
    similarityScore: t.int({
      nullable: true,
      description: 'How similar the two values are, 0 to 100; null when Atlas gave no score.',
      resolve: ({ record }) => record.similarityScore,
    }),
    passes: t.boolean({
      nullable: true,
      description: 'True if the score reaches the threshold; null when there is no score.',
      args: {
        threshold: t.arg.int({
          required: true,
          defaultValue: 80,
          description: 'The lowest score that passes, 0 to 100.',
        }),
      },
      resolve: ({ record }, { threshold }) => {
        requireWithin('threshold', threshold, 0, 100);
        return record.similarityScore === null ? null : record.similarityScore >= threshold;
      },
    }),
  }),
});

CrossCheckSummaryRef.implement({
  description: 'The numbers of passed and failed cross-checks of a flow.',
  fields: (t) => ({
    total: t.int({
      description: 'The number of all cross-checks.',
      resolve: ({ checks }) => checks.length,
    }),
    passed: t.int({
      description: 'The number of cross-checks that reach the threshold.',
      resolve: ({ checks, threshold }) =>
        scored(checks).filter((score) => score >= threshold).length,
    }),
    failed: t.int({
      description: 'The number of cross-checks below the threshold.',
      resolve: ({ checks, threshold }) =>
        scored(checks).filter((score) => score < threshold).length,
    }),
    unscored: t.int({
      description: 'The number of cross-checks without a score.',
      resolve: ({ checks }) => checks.length - scored(checks).length,
    }),
    lowest: t.field({
      type: CrossCheckRef,
      nullable: true,
      description: 'The cross-check with the lowest score; null when none has a score.',
      resolve: ({ checks }) => {
        const lowest = Math.min(...scored(checks));
        return checks.find(({ record }) => record.similarityScore === lowest);
      },
    }),
  }),
});

function scored(checks: readonly CrossCheckNode[]): number[] {
  return checks.flatMap(({ record }) => record.similarityScore ?? []);
}

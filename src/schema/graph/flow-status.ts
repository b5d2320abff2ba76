import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { builder } from '../builder.ts';
import { FlowStatusRef, FreshnessRef } from '../refs.ts';

export const FlowStateRef = builder.enumType('FlowState', {
  description: "Where a flow stands as a whole: Atlas's `master_status`.",
  values: {
    NOT_STARTED: { description: 'Nothing has been uploaded yet.' },
    IN_PROGRESS: { description: 'Documents are being fetched, read or compared.' },
    SUCCESS: { description: 'The end: all is done. Single documents may still have failed.' },
    FAILED: {
      description: 'Terminal: the flow failed. The values that could be read are available.',
    },
    UNKNOWN: { description: 'Atlas gave a state that this gateway does not know.' },
  } as const,
});

export const StageStateRef = builder.enumType('StageState', {
  description: 'Where one stage of a flow stands.',
  values: {
    NOT_STARTED: { description: 'The stage has not begun.' },
    PENDING: { description: 'The stage waits for something.' },
    IN_PROGRESS: { description: 'The stage is under way.' },
    SUCCESS: { description: 'The stage is done.' },
    COMPLETED: { description: 'The stage is done; the word Atlas uses for the cross-checks.' },
    FAILED: { description: 'The stage failed.' },
    UNKNOWN: { description: 'Atlas gave a state that this gateway does not know, or none.' },
  } as const,
});

FlowStatusRef.implement({
  description: 'Where a flow stands, as a whole and in its three stages.',
  fields: (t) => ({
    state: t.field({
      type: FlowStateRef,
      description: 'Where the flow stands as a whole.',
      resolve: (snapshot) => snapshot.state.status.state,
    }),
    upload: t.field({
      type: StageStateRef,
      description: 'Atlas fetching the files from their URLs.',
      resolve: (snapshot) => snapshot.state.status.upload,
    }),
    processing: t.field({
      type: StageStateRef,
      description: 'Atlas reading the documents.',
      resolve: (snapshot) => snapshot.state.status.processing,
    }),
    crossCheck: t.field({
      type: StageStateRef,
      description: 'Atlas comparing the documents with each other.',
      resolve: (snapshot) => snapshot.state.status.crossCheck,
    }),
    isTerminal: t.boolean({
      description: 'Whether the flow has ended: its state is SUCCESS or FAILED.',
      resolve: (snapshot) => isTerminal(snapshot.state.status),
    }),
    version: t.int({
      description:
        'Grows with every change this gateway saw of the flow. Compare it only with versions of the same flow.',
      resolve: (snapshot) => snapshot.version,
    }),
    freshness: t.field({
      type: FreshnessRef,
      description: 'How fresh this status is.',
      resolve: (snapshot) => snapshot,
    }),
  }),
});

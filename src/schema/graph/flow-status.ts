import { isTerminal } from '../../atlas/answers/flow-status.ts';
import { builder } from '../builder.ts';
import { FlowStatusRef, FreshnessRef } from '../refs.ts';

/** The builder's reference of the GraphQL type `FlowState`. */
export const FlowStateRef = builder.enumType('FlowState', {
  description: "The overall state of a flow: Atlas's `master_status`.",
  values: {
    NOT_STARTED: { description: 'Nothing has been uploaded yet.' },
    IN_PROGRESS: { description: 'Documents are being fetched, read or compared.' },
    SUCCESS: { description: 'Terminal: the flow is complete. Single documents may have failed.' },
    FAILED: {
      description: 'Terminal: the flow failed. The values that could be read are available.',
    },
    UNKNOWN: { description: 'Atlas gave a state that this gateway does not know.' },
  } as const,
});

/** The builder's reference of the GraphQL type `StageState`. */
export const StageStateRef = builder.enumType('StageState', {
  description: 'The state of one stage of a flow.',
  values: {
    NOT_STARTED: { description: 'The stage has not begun.' },
    PENDING: { description: 'The stage waits for something.' },
    IN_PROGRESS: { description: 'The stage is in progress.' },
    SUCCESS: { description: 'The stage is done.' },
    COMPLETED: { description: 'The stage is done; the word Atlas uses for the cross-checks.' },
    FAILED: { description: 'The stage failed.' },
    UNKNOWN: { description: 'Atlas gave a state that this gateway does not know, or none.' },
  } as const,
});

FlowStatusRef.implement({
  description: 'The status of a flow: its overall state and the states of its three stages.',
  fields: (t) => ({
    state: t.field({
      type: FlowStateRef,
      description: 'The overall state of the flow.',
      resolve: (snapshot) => snapshot.state.status.state,
    }),
    upload: t.field({
      type: StageStateRef,
      description: 'The state of the first stage: Atlas fetches the files from their URLs.',
      resolve: (snapshot) => snapshot.state.status.upload,
    }),
    processing: t.field({
      type: StageStateRef,
      description: 'The state of the second stage: Atlas reads the documents.',
      resolve: (snapshot) => snapshot.state.status.processing,
    }),
    crossCheck: t.field({
      type: StageStateRef,
      description: 'The state of the third stage: Atlas compares the documents with each other.',
      resolve: (snapshot) => snapshot.state.status.crossCheck,
    }),
    isTerminal: t.boolean({
      description: 'Whether the flow has ended: its state is SUCCESS or FAILED.',
      resolve: (snapshot) => isTerminal(snapshot.state.status),
    }),
    version: t.int({
      description:
        'A number that grows with every change that this gateway sees. Compare it only with versions of the same flow.',
      resolve: (snapshot) => snapshot.version,
    }),
    freshness: t.field({
      type: FreshnessRef,
      description: 'The source and the time of this status.',
      resolve: (snapshot) => snapshot,
    }),
  }),
});

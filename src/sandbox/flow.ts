import type { EndpointInput } from '../atlas/api/endpoints.ts';
import type { Callback } from './callbacks.ts';
import { isExtracted, type SubmittedFile } from './documents.ts';
import type { Play } from './play.ts';
import type { Schedule } from './schedule.ts';
import type { Moment } from './stories.ts';

/** How a flow ends. */
export type Outcome = 'SUCCESS' | 'FAILED';

/** The four members of a status answer, the third in Atlas's own spelling (CONTRACT 4.3). */
export type FlowStatus = Record<
  'upload_status' | 'processing_status' | 'crossheck_status' | 'master_status',
  string
>;

/** One application under verification. */
export interface Flow {
  readonly uuid: string;
  readonly clientId: string;
  readonly opened: EndpointInput<'initFlow'>;
  readonly schedule: Schedule;
  /** The story that its application id tells. */
  readonly play: Play;
  /** In the order of upload. */
  readonly files: SubmittedFile[];
  /** In the order in which they were read. */
  readonly landed: SubmittedFile[];
  crossChecks: Record<string, unknown>[];
  /** Takes the comparison back that is about to end the flow. */
  cancelEnding: (() => void) | null;
  outcome: Outcome | null;
  /** The contents of a callback, as they were at the time. */
  readonly callbacks: Map<Moment, Callback>;
  /** Members of the status that were set by hand. */
  pinned: Partial<FlowStatus>;
}

/** Where a flow stands, told from its files and its end; what was set by hand has the last word. */
export function toFlowStatus(flow: Flow): FlowStatus {
  const isUntouched = flow.files.length === 0 && flow.outcome === null;
  return {
    upload_status: isUntouched ? 'NOT_STARTED' : toUploadStatus(flow),
    processing_status: isUntouched ? 'NOT_STARTED' : toProcessingStatus(flow),
    crossheck_status: toCrossCheckStatus(flow),
    master_status: isUntouched ? 'NOT_STARTED' : (flow.outcome ?? 'IN_PROGRESS'),
    ...flow.pinned,
  };
}

function toUploadStatus({ files, outcome }: Flow): string {
  if (files.some((file) => file.state === 'uploading')) {
    return outcome === null ? 'IN_PROGRESS' : 'FAILED';
  }
  const isNoneThere = files.every((file) => file.isBroken);
  return isNoneThere && outcome !== 'SUCCESS' ? 'FAILED' : 'SUCCESS';
}

function toProcessingStatus({ files, outcome }: Flow): string {
  if (outcome === 'SUCCESS') return 'SUCCESS';
  const isDownloaded = files.some((file) => file.state !== 'uploading' && !file.isBroken);
  if (!isDownloaded) return 'NOT_STARTED';
  if (outcome === 'FAILED') return 'FAILED';
  return files.every((file) => file.state === 'landed') ? 'SUCCESS' : 'IN_PROGRESS';
}

function toCrossCheckStatus({ files, outcome, cancelEnding }: Flow): string {
  if (outcome === 'SUCCESS') return 'COMPLETED';
  return cancelEnding !== null && files.some(isExtracted) ? 'PENDING' : 'NOT_STARTED';
}

import type { EndpointInput, EndpointWire } from '../atlas/api/endpoints.ts';
import { type CrossCheckNames, crossChecksOf } from './cross-checks.ts';
import {
  isExtracted,
  type Placement,
  readFile,
  type SubmittedFile,
  toFlowEntry,
  toSubmittedFiles,
  unrecognised,
} from './documents.ts';
import { shortErrorResponse } from './error-response.ts';
import { type Flow, type FlowStatus, type Outcome, toFlowStatus } from './flow.ts';
import { flowUuidFor } from './identifiers.ts';
import { startLanding } from './landing.ts';
import { createPlay } from './play.ts';
import type { SandboxClock } from './sandbox-clock.ts';
import { createSchedule } from './schedule.ts';
import type { Moment } from './stories.ts';

/** How flows go on their way. */
export interface FlowsOptions {
  readonly clock: SandboxClock;
  readonly stageMs: number;
  readonly placement: Placement;
  readonly crossCheckNames: CrossCheckNames;
  readonly nextBatchId: () => string;
  /** Told when files were taken, and at the end. */
  readonly onMoment: (flow: Flow, moment: Moment) => void;
}

/** The flows of one sandbox. */
export interface Flows {
  open(clientId: string, input: EndpointInput<'initFlow'>): Flow;
  /** Null when the client has no such flow. */
  peek(clientId: string, uuid: string | undefined): Flow | null;
  /** Refused with Atlas's 409 when the client has no such flow. */
  find(clientId: string, uuid: string): Flow;
  /** Returns a flow of any client; throws when there is none. */
  get(uuid: string): Flow;
  upload(flow: Flow, files: EndpointInput<'uploadToFlow'>['file_urls']): readonly SubmittedFile[];
  statusOf(flow: Flow): FlowStatus;
  extractsOf(flow: Flow): EndpointWire<'flowExtracts'>;
  finish(flow: Flow, outcome: Outcome): void;
  close(): void;
}

/**
 * Moves every flow through its stages, `stageMs` each: download, reading, comparison. Files that
 * come while it runs, or after its end, go through the same stages and the end waits for them.
 */
export function createFlows(options: FlowsOptions): Flows {
  const { clock, stageMs, placement, crossCheckNames, nextBatchId, onMoment } = options;
  const flows = new Map<string, Flow>();
  const countsByApplication = new Map<string, number>();

  function open(clientId: string, input: EndpointInput<'initFlow'>): Flow {
    const count = (countsByApplication.get(input.application_id) ?? 0) + 1;
    countsByApplication.set(input.application_id, count);
    const flow: Flow = {
      uuid: flowUuidFor(input.application_id, count),
      clientId,
      opened: input,
      schedule: createSchedule(clock),
      play: createPlay('flow', [input.application_id]),
      files: [],
      landed: [],
      crossChecks: [],
      cancelEnding: null,
      outcome: null,
      callbacks: new Map(),
      pinned: {},
    };
    flows.set(flow.uuid, flow);
    return flow;
  }

  function peek(clientId: string, uuid: string | undefined): Flow | null {
    const flow = uuid === undefined ? undefined : flows.get(uuid);
    return flow?.clientId === clientId ? flow : null;
  }

  function find(clientId: string, uuid: string): Flow {
    const flow = peek(clientId, uuid);
    if (flow === null) throw shortErrorResponse(409, 'Flow not found');
    return flow;
  }

  function get(uuid: string): Flow {
    const flow = flows.get(uuid);
    if (flow === undefined) throw new Error(`the sandbox has no flow ${uuid}`);
    return flow;
  }

  function upload(flow: Flow, files: EndpointInput<'uploadToFlow'>['file_urls']) {
    // A flow that was ended by hand may have left files behind.
    const left = flow.outcome === null ? [] : flow.files.filter((file) => file.state !== 'landed');
    const added = toSubmittedFiles(flow.uuid, nextBatchId(), files, flow.files.length + 1);
    flow.files.push(...added);
    flow.outcome = null;
    flow.cancelEnding?.();
    flow.cancelEnding = null;
    const round = [...left, ...added];
    for (const file of round) file.state = 'uploading';
    flow.schedule.after(stageMsOf(flow), () => read(flow, round));
    onMoment(flow, 'upload');
    return added;
  }

  function stageMsOf({ play }: Flow): number {
    return stageMs * play.slowness;
  }

  function read(flow: Flow, round: readonly SubmittedFile[]): void {
    const readable = round.filter((file) => !file.isBroken);
    for (const file of round) {
      if (readable.includes(file)) file.state = 'processing';
      else land(flow, file);
    }
    startLanding({
      clock,
      schedule: flow.schedule,
      items: readable,
      overMs: stageMsOf(flow),
      land: (file) => land(flow, file),
      finished: () => settle(flow),
    });
  }

  function land(flow: Flow, file: SubmittedFile): void {
    file.state = 'landed';
    file.reading = flow.play.isUnreadable ? unrecognised : readFile(file, flow.uuid);
    flow.landed.push(file);
  }

  function settle(flow: Flow): void {
    if (flow.files.some((file) => file.state !== 'landed')) return;
    if (flow.files.some(isExtracted)) {
      flow.cancelEnding = flow.schedule.after(stageMsOf(flow), () => end(flow, 'SUCCESS'));
    } else {
      end(flow, 'FAILED');
    }
  }

  function end(flow: Flow, outcome: Outcome): void {
    flow.cancelEnding = null;
    flow.outcome = outcome;
    flow.crossChecks = outcome === 'SUCCESS' ? crossChecksOf(flow.landed, crossCheckNames) : [];
    onMoment(flow, 'end');
  }

  function finish(flow: Flow, outcome: Outcome): void {
    flow.schedule.cancelAll();
    flow.pinned = {};
    if (outcome === 'SUCCESS') {
      for (const file of flow.files) if (file.state !== 'landed') land(flow, file);
    }
    end(flow, outcome);
  }

  function extractsOf(flow: Flow): EndpointWire<'flowExtracts'> {
    return {
      ocr_data: flow.landed.map((file) => toFlowEntry(file, placement)),
      cross_checks: flow.crossChecks,
    };
  }

  function close(): void {
    for (const flow of flows.values()) flow.schedule.cancelAll();
  }

  return { open, peek, find, get, upload, statusOf: toFlowStatus, extractsOf, finish, close };
}

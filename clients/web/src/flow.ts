/** State of a flow. */
export type FlowState = 'NOT_STARTED' | 'IN_PROGRESS' | 'SUCCESS' | 'FAILED' | 'UNKNOWN';
/** State of one stage of a flow. */
export type StageState = FlowState | 'PENDING' | 'COMPLETED';

/** A flow as the kit reads it. Fields that `select` adds stand beside these. */
export interface Flow {
  readonly id: string;
  readonly uuid: string;
  readonly status: {
    readonly state: FlowState;
    /** True once the flow has ended. */
    readonly isTerminal: boolean;
    /** Grows with each change. */
    readonly version: number;
    /** Null unless selected, as the default selection does. */
    readonly upload?: StageState;
    readonly processing?: StageState;
    readonly crossCheck?: StageState;
    readonly freshness?: { readonly observedAt: string; readonly stale: boolean };
  };
}

/** The fields that are read beside id and state unless `select` names others. */
export const stages = 'status { upload processing crossCheck freshness { observedAt stale } }';

/** The fields of a flow, those that the kit needs first. */
export function flowFields(select: string): string {
  return `id uuid status { state isTerminal version } ${select}`;
}

/** The subscription to a flow; the response has it as `flow`. */
export function subscriptionText(select: string): string {
  return `subscription AtlasFlow($uuid: String!, $after: Int) { flow: flowUpdated(uuid: $uuid, after: $after) { ${flowFields(select)} } }`;
}

/** The query that waits for the end of a flow; the response has it as `flow`, null if there is none. */
export function waitText(select: string): string {
  return `query AtlasFlowEnd($uuid: String!, $timeoutMs: Int!) { flow: waitForFlow(uuid: $uuid, timeoutMs: $timeoutMs) { ${flowFields(select)} } }`;
}

/** Two states of a running flow of which neither lies behind the other, to change between. */
export const stages = [
  { master_status: 'IN_PROGRESS', upload_status: 'IN_PROGRESS', processing_status: 'SUCCESS' },
  { master_status: 'IN_PROGRESS', upload_status: 'SUCCESS', processing_status: 'IN_PROGRESS' },
] as const;

/** The state of a round; rounds follow each other by one. */
export function stagesOf(round: number): (typeof stages)[number] {
  return round % 2 === 0 ? stages[0] : stages[1];
}

/** The part of a message that shows the state of one round, and of no other. */
export function markOf(round: number): string {
  return `"upload":"${stagesOf(round).upload_status}"`;
}

/** The part of a message that shows the end. */
export const endMark = '"state":"SUCCESS"';

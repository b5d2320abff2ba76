import type { Answer } from '../operation/answers.ts';
import type { OperationPipeline, SentParams } from '../operation/operation-pipeline.ts';
import type { RequestContext } from '../operation/request-context.ts';

/** Answers an operation by one answer, which is that of its refusal where it is refused. */
export async function answerOnce(
  pipeline: OperationPipeline,
  request: RequestContext,
  sent: SentParams,
): Promise<Answer> {
  const prepared = pipeline.prepare(request, sent);
  if (!prepared.isReady) return prepared;
  if (prepared.kind !== 'subscription') return prepared.execute();
  throw new Error('the pipeline refuses subscriptions over plain HTTP');
}

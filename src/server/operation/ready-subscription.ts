import { type ExecutionResult, OperationTypeNode } from 'graphql';
import type { Principal } from '../../identity/principal.ts';
import { type RecordedPrincipal, type Right, recordRights } from '../../identity/rights.ts';
import { type Answers, type PublicResult, takeHttp } from './answers.ts';
import { toEventResults } from './event-results.ts';
import { type LongAnswers, refuseTooLong } from './long-answers.ts';
import type { ReadySubscription } from './operation-pipeline.ts';
import { recordReads, releaseAnswer } from './record-reads.ts';
import type { OperationContext, RequestContext } from './request-context.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

/** The parts of a pipeline that subscriptions take. */
export interface ReadySubscriptionOptions {
  readonly subscriptions: Subscriptions;
  readonly answers: Answers;
  readonly long: LongAnswers;
  /** Creates the context of an execution. */
  readonly begin: (request: RequestContext, principal: Principal) => OperationContext;
}

/** Returns a subscription that was read as transports start it. */
export type ToReadySubscription = (
  request: RequestContext,
  subscription: Subscription,
) => ReadySubscription;

/** Creates the subscriptions of a pipeline. */
export function createReadySubscription(options: ReadySubscriptionOptions): ToReadySubscription {
  const { subscriptions, answers, long, begin } = options;

  /** Takes in one event: its reads stay noted until the readers of the event have put them on record. */
  async function settle(context: OperationContext, event: ExecutionResult) {
    const settling = long.settle(context, event);
    const settled = settling ? await settling : event;
    releaseAnswer(context);
    const refused = refuseTooLong(context.request, settled);
    // An event that is not shown is not put on record.
    if (refused) context.operation.reads.take();
    return refused ?? settled;
  }

  function toPublic(request: RequestContext, result: ExecutionResult): PublicResult {
    const shown = answers.toPublic(request, result);
    takeHttp(shown.errors);
    return shown;
  }

  async function start(context: OperationContext, subscription: Subscription) {
    try {
      const results = await subscriptions.start(subscription, context);
      if (Symbol.asyncIterator in results) {
        return toEventResults(results, context, answers, (event) => settle(context, event));
      }
      return toPublic(context.request, recordReads(context) ?? results);
    } catch (error) {
      return toPublic(context.request, { errors: [answers.mask(error)] });
    }
  }

  return (request, subscription) => {
    let context: OperationContext | undefined;
    let recorded: RecordedPrincipal | undefined;
    return {
      isReady: true,
      kind: OperationTypeNode.SUBSCRIPTION,
      // The version that its client saw last decides which results there are.
      key: JSON.stringify([subscription.key, request.resumeAfter ?? null]),
      isLossless: subscription.isLossless,
      subscribe() {
        recorded = recordRights(request.principal);
        context = begin(request, recorded.principal);
        return start(context, subscription);
      },
      write: (result) => long.write(result, request),
      takeReads: () => context?.operation.reads.take() ?? [],
      versionOf: () => context?.operation.eventVersion ?? null,
      usedRights: () => recorded?.used ?? noRights,
    };
  };
}

const noRights: ReadonlySet<Right> = new Set();

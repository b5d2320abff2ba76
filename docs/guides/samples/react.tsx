import type { AtlasClient } from '@atlas-gateway/client';
import { createAtlasHooks } from '@atlas-gateway/client/react';

/** Two components for one client: a flow, and a list of flows. */
export function createComponents(client: AtlasClient) {
  const { useFlow, useFlows } = createAtlasHooks(client);

  function FlowState({ uuid }: { uuid: string }) {
    const { flow, error, liveness } = useFlow(uuid);
    if (error) return <p role="alert">{error.code}</p>;
    return (
      <p data-liveness={liveness}>
        {uuid}: {flow?.status.state ?? 'loading'}
      </p>
    );
  }

  function FlowList() {
    const { flows, isLoading, hasMore, loadMore } = useFlows({ first: 2 });
    return (
      <section aria-busy={isLoading}>
        <ul>
          {flows.map(({ id, applicationId, status }) => (
            <li key={id}>
              {applicationId}: {status.state}
            </li>
          ))}
        </ul>
        {hasMore && (
          <button type="button" onClick={loadMore}>
            More
          </button>
        )}
      </section>
    );
  }

  return { FlowState, FlowList };
}

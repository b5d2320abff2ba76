import { type ApolloClient, gql } from '@apollo/client';

const listFlows = gql`
  query ListFlows($after: String) {
    flows(first: 20, after: $after) {
      edges { node { id uuid applicationId status { state version } } }
      pageInfo { endCursor hasNextPage }
    }
  }
`;

const watchFlow = gql`
  subscription WatchFlow($uuid: String!) {
    flowUpdated(uuid: $uuid) { id status { state isTerminal version } }
  }
`;

interface FlowList {
  readonly flows: {
    readonly edges: readonly {
      readonly node: { readonly uuid: string; readonly status: { readonly state: string } };
    }[];
  } | null;
}

/** A list of flows that follows one of them: the subscription changes the row in Apollo's cache. */
export function watchList(
  apollo: ApolloClient,
  uuid: string,
  show: (states: readonly string[]) => void,
): () => void {
  const list = apollo
    .watchQuery<FlowList>({ query: listFlows })
    .subscribe(({ data, dataState }) => {
      if (dataState === 'complete')
        show(data.flows?.edges.map(({ node }) => node.status.state) ?? []);
    });
  const changes = apollo.subscribe({ query: watchFlow, variables: { uuid } }).subscribe({});
  return () => {
    list.unsubscribe();
    changes.unsubscribe();
  };
}

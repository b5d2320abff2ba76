/** The operations of the clients. */
export const openFlow = /* GraphQL */ `
  mutation OpenFlow($input: CreateFlowInput!) {
    createFlow(input: $input) {
      flow { id uuid status { state } }
      userErrors { code }
    }
  }
`;

export const readFlow = /* GraphQL */ `
  query ReadFlow($uuid: String!) {
    flow(uuid: $uuid) {
      id
      uuid
      status { state }
      documents { id documentId state }
    }
  }
`;

export const watchFlow = /* GraphQL */ `
  subscription WatchFlow($uuid: String!) {
    flowUpdated(uuid: $uuid) {
      id
      status { state isTerminal version }
    }
  }
`;

/** The answer to `watchFlow`. */
export interface WatchedFlow extends Record<string, unknown> {
  readonly flowUpdated: {
    readonly id: string;
    readonly status: {
      readonly state: string;
      readonly isTerminal: boolean;
      readonly version: number;
    };
  };
}

/** The answer to `openFlow`. */
export interface OpenedFlow extends Record<string, unknown> {
  readonly createFlow: {
    readonly flow: { readonly uuid: string } | null;
    readonly userErrors: readonly { readonly code: string }[];
  };
}

/** The answer to `readFlow`. */
export interface ReadFlow extends Record<string, unknown> {
  readonly flow: {
    readonly uuid: string;
    readonly status: { readonly state: string };
    readonly documents: readonly { readonly documentId: string; readonly state: string }[] | null;
  } | null;
}

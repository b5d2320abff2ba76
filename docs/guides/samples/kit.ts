import { type AtlasClient, createAtlasClient } from '@atlas-gateway/client';

/** The kit with flow grants from the app's own backend. */
export function createClient(url: string, grantUrl: string): AtlasClient {
  let grant: string | undefined;
  return createAtlasClient({
    url,
    async getToken(refused) {
      if (grant !== undefined && grant !== refused) return grant;
      const response = await fetch(grantUrl, { method: 'POST' });
      if (!response.ok) throw new Error(`No grant: ${response.status}`);
      grant = await response.text();
      return grant;
    },
  });
}

/** Shows a flow until it has ended. Returns a function that stops. */
export function showFlow(
  client: AtlasClient,
  uuid: string,
  show: (text: string) => void,
): () => void {
  return client.watchFlow(uuid, {
    onFlow: ({ status }) => show(status.state),
    onLiveness: (liveness) => show(liveness),
    onEnd: () => show('ended'),
    onError: ({ code }) => show(code),
  });
}

/** Opens a flow once, however often the network goes or the page is reloaded meanwhile. */
export async function openFlow(client: AtlasClient, applicationId: string): Promise<string> {
  interface Opened {
    readonly createFlow: {
      readonly flow: { readonly uuid: string } | null;
      readonly userErrors: readonly { readonly code: string; readonly message: string }[];
    } | null;
  }
  const { data, errors } = await client.mutateOnce<Opened>(
    `open:${applicationId}`,
    `mutation OpenFlow($input: CreateFlowInput!) {
      createFlow(input: $input) { flow { id uuid } userErrors { code message path } }
    }`,
    { applicationId },
  );
  const uuid = data?.createFlow?.flow?.uuid;
  if (uuid) return uuid;
  throw new Error(data?.createFlow?.userErrors[0]?.message ?? errors[0]?.message);
}

import { createAtlasClient } from '@atlas-gateway/client';
import { createRoot } from 'react-dom/client';
import { createComponents } from '../../../docs/guides/samples/react.tsx';

/** What the page of the test is told in its address: flows with the numbers of their places. */
const given = new URLSearchParams(globalThis.location.search);
const client = createAtlasClient({
  url: given.get('url') ?? '',
  getToken: () => given.get('key') ?? '',
});
const { FlowState, FlowList } = createComponents(client);

const root = document.createElement('main');
document.body.append(root);
createRoot(root).render(
  <>
    {given.getAll('flow').map((shown) => (
      <FlowState key={shown} uuid={shown.replace(/^\d+ /, '')} />
    ))}
    {given.has('list') && <FlowList />}
  </>,
);

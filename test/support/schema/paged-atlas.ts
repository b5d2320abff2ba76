import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type OpenGateway, openGateway } from '../open-gateway.ts';

/** A bulk service with one batch, whose pages a test can change between two reads. */
export interface PagedAtlas {
  readonly gateway: OpenGateway;
  /** Puts these documents into the batch, in this order. */
  hold(documentIds: readonly string[]): void;
  /**
   * How pages are answered: `honest`; `ignored`, the first page whatever is asked for; `last again`,
   * the last page for all beyond it; `endless`, other documents on every page. All but the first say
   * that there are more.
   */
  answer(mode: PageMode): void;
  /** Which pages were read since the last time this was asked, in that order. */
  pagesRead(): number[];
}

export type PageMode = 'honest' | 'ignored' | 'last again' | 'endless';

/** Atlas's bulk tokens and pages (CONTRACT 6.2) and nothing else, with a gateway in front. */
export async function openPagedAtlas(
  t: TestContext,
  env: Readonly<Record<string, string>> = {},
): Promise<PagedAtlas> {
  let mode: PageMode = 'honest';
  let held: readonly string[] = [];
  let read: number[] = [];

  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://paged.example');
    response.setHeader('content-type', 'application/json');
    if (pathname.endsWith('/authtoken')) {
      response.end(JSON.stringify({ access_token: 'a.b.c', expires_in: 3600 }));
      return;
    }
    const page = Number(searchParams.get('page'));
    const perPage = Number(searchParams.get('per_page'));
    read.push(page);
    const last = Math.max(1, Math.ceil(held.length / perPage));
    const at = { honest: page, endless: 1, ignored: 1, 'last again': Math.min(page, last) }[mode];
    const here = held
      .slice((at - 1) * perPage, at * perPage)
      .map((id) => (mode === 'endless' ? `${id} of page ${page}` : id));
    const data = here.map((document_id) => ({
      document_id,
      file_data: { document_type: 'PAN', pan_number: { value: 'AAAPZ0000A' } },
    }));
    response.end(JSON.stringify({ data, page, has_next: mode !== 'honest' || at < last }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  const gateway = await openGateway(t, {
    env: { ATLAS_BASE_URL: `http://127.0.0.1:${port}`, ...env },
  });

  return {
    gateway,
    answer(next) {
      mode = next;
    },
    hold(documentIds) {
      held = documentIds;
    },
    pagesRead() {
      const pages = read;
      read = [];
      return pages;
    },
  };
}

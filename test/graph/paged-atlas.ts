import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { type OpenGateway, openGateway } from '../support/open-gateway.ts';

/** A bulk service with one batch, whose pages a test can change between two reads. */
export interface PagedAtlas {
  readonly gateway: OpenGateway;
  /** Puts these documents into the batch, in this order. */
  hold(documentIds: readonly string[]): void;
  /** Which pages were read since the last time this was asked, in that order. */
  pagesRead(): number[];
}

/** Atlas's bulk tokens and pages (CONTRACT 6.2) and nothing else, with a gateway in front. */
export async function openPagedAtlas(t: TestContext): Promise<PagedAtlas> {
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
    const here = held.slice((page - 1) * perPage, page * perPage);
    const data = here.map((document_id) => ({
      document_id,
      file_data: { document_type: 'PAN', pan_number: { value: 'AAAPZ0000A' } },
    }));
    response.end(JSON.stringify({ data, page, has_next: page * perPage < held.length }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  const gateway = await openGateway(t, { env: { ATLAS_BASE_URL: `http://127.0.0.1:${port}` } });

  return {
    gateway,
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

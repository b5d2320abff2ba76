/** One page of a batch, as far as a walk looks at it. */
interface WalkablePage<Document> {
  readonly documents: readonly Document[];
  readonly hasNext: boolean;
}

/** A page on a walk over a batch. */
export interface WalkedPage<Document, Page> {
  /** The number of the page, from 1. */
  readonly number: number;
  /** The page; null where Atlas has none. */
  readonly page: Page | null;
  /** The documents that no earlier page of the walk had, with their places on this page. */
  readonly fresh: readonly { readonly document: Document; readonly index: number }[];
}

/**
 * Walks over the pages of a batch from a page on, until one is the last or brings nothing new: Atlas
 * may ignore `page`, or give its last page again for every page beyond it, and say each time that
 * there are more. The walk of a caller that stops early reads no further page.
 */
export async function* walkPages<
  Document extends { readonly documentId: string },
  Page extends WalkablePage<Document>,
>(
  load: (page: number) => Promise<(Page & WalkablePage<Document>) | null>,
  from = 1,
): AsyncGenerator<WalkedPage<Document, Page>, void> {
  const seenIds = new Set<string>();
  for (let number = from; ; number += 1) {
    const page = await load(number);
    const fresh: { document: Document; index: number }[] = [];
    page?.documents.forEach((document, index) => {
      if (!seenIds.has(document.documentId)) fresh.push({ document, index });
    });
    for (const { document } of fresh) seenIds.add(document.documentId);
    yield { number, page, fresh };
    if (!page?.hasNext || fresh.length === 0) return;
  }
}

import { type DocumentNode, parse } from 'graphql';

/** Characters and lines of a text up to which its errors tell where they are. */
const mostLocated = { length: 16 * 1024, lines: 1_000 };

/**
 * Parses the text of an operation. For each error graphql-js counts the lines from the beginning of the
 * text, so that 100 errors in a megabyte of line breaks take seconds; a document of a long text is
 * parsed without locations, and its errors have none. Throws the GraphQLError of a text that can't be
 * parsed, or that has more tokens than `maxTokens`.
 */
export function parseText(text: string, maxTokens: number | undefined): DocumentNode {
  const noLocation = text.length > mostLocated.length || countLines(text) > mostLocated.lines;
  return parse(text, { noLocation, ...(maxTokens === undefined ? {} : { maxTokens }) });
}

function countLines(text: string): number {
  return text.match(/\r\n|\n|\r/g)?.length ?? 0;
}

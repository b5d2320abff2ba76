import type { Case, CaseGroup, Way } from './two-ways.ts';

const typename = { query: '{ __typename }' };
const faulty = { query: '{ flow(uuid: "") { uuid } }' };
const form = 'application/graphql-response+json';

/** What is about an operation: some of it brings another form of answer, and most brings nothing. */
export const requests: CaseGroup = {
  what: 'headers, addresses and methods',
  accepts: [undefined],
  cases: [
    ...toHeaderCases('plain', [
      'Accept: */*',
      `Accept: ${form}, application/json;q=0.9`,
      `Accept: application/json, ${form}`,
      'Accept: application/json, text/plain, */*',
      'Accept: text/html, application/*',
      'Accept: APPLICATION/JSON',
      'Accept: image/png, */*;q=0.1',
      'Accept: ',
      `Accept: ${form}, application/graphql+json, application/json, text/event-stream, multipart/mixed`,
      'X-Odd: \u00ff',
      'Cookie: a=b; c',
      'Set-Cookie: a=b\r\nSet-Cookie: c=d',
      'Origin: https://stranger.example',
      'If-None-Match: *',
      'Range: bytes=0-3',
      'X-Forwarded-Proto: https',
      'X-HTTP-Method-Override: GET',
      'X-Request-Id: not taken',
    ]),
    // A body that is not packed as its header says is refused before either way.
    ...toHeaderCases(undefined, ['Content-Encoding: gzip']),
    ...toHeaderCases('yoga', [
      'Accept: image/*',
      'Accept: image/png',
      'Accept: */json',
      'Accept: application/json; charset=utf-8',
      'Accept: text/html',
      'Accept: text/event-stream;q=0',
    ]),
    ...(
      ['application/graphql+json', 'application/json; charset=utf-8', 'APPLICATION/JSON'] as const
    ).map((type): Case => ({ what: type, way: 'plain', sent: () => ({ ...typename, type }) })),
    ...['?', '?query={nothing}', '?operationName=x', '?extensions=%', '?a#b', '?%ff'].map(
      (search): Case => ({
        what: `a search of ${search}`,
        way: 'plain',
        sent: () => ({ ...typename, search }),
      }),
    ),
    ...[
      '?query={__typename}',
      '?query=query($u:String!){flow(uuid:$u){uuid}}&variables={"u":"x"}',
    ].map(
      (search): Case => ({
        what: `a GET of ${search}`,
        way: 'yoga',
        sent: () => ({ method: 'GET', search: encodeURI(search) }),
      }),
    ),
    ...['application/json', form, `${form}, text/html`].map(
      (accept): Case => ({
        what: `a subscription for ${accept}`,
        way: 'plain',
        sent: () => ({
          query: 'subscription { flowUpdated(uuid: "none") { uuid } }',
          headers: [`Accept: ${accept}`],
        }),
      }),
    ),
    ...['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map(
      (method): Case => ({ what: method, sent: () => ({ ...typename, method }) }),
    ),
  ],
};

function toHeaderCases(way: Way | undefined, lines: readonly string[]): Case[] {
  return lines.flatMap((line) =>
    [typename, faulty].map((sent) => ({
      what: `${line}, for ${sent.query}`,
      ...(way && { way }),
      sent: () => ({ ...sent, headers: [line] }),
    })),
  );
}

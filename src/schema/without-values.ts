/**
 * A message of graphql-js about the request, without the values it quotes: they may be addresses,
 * presigned URLs or names, and errors are kept in places where those must not be.
 */
export function withoutValues(message: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable === undefined) return withoutQuotedValues(message);
  // The value stands between these words and the last semicolon, and may hold anything.
  const cut = message.lastIndexOf('; ');
  const place = / at "([\w.[\]]+)"$/.exec(message.slice(0, cut))?.[1] ?? variable;
  return `Variable "$${variable}" is invalid at "${place}": ${withoutQuotedValues(message.slice(cut + 2))}`;
}

function withoutQuotedValues(message: string): string {
  return message
    .replace(/ cannot represent ([\w -]*)value: [\s\S]*$/, ' cannot represent $1value.')
    .replace(/^Value "[\s\S]*" does not exist in/, 'The given value does not exist in')
    .replace(/^Expected value of type "([^"]+)", found [\s\S]*$/, 'Expected a value of type "$1".')
    .replace(/\bString "[\s\S]*"/, 'a String')
    .replace(/\bUnexpected character: [\s\S]*$/, 'Unexpected character.');
}

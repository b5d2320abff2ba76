/**
 * A message of graphql-js about a request, without the values that it quotes: they may be addresses,
 * presigned URLs or names, and errors are kept in places where those must not be. Names of the
 * graph and of the caller's document stay, so that a typo can still be found.
 */
export function withoutValues(message: string): string {
  const cut = quoting.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message);
  // What no rule above knows may still quote a name, but nothing else.
  return cut.replace(/"([^"]*)"/g, (quoted, text) => (looksLikeName(text) ? quoted : '"…"'));
}

/**
 * The same for a fault in a variable, with the place in it: graphql-js puts the value between the
 * variable and the `reason`, which comes alone as the message of the original error.
 */
export function withoutValuesOfVariable(message: string, reason: string): string {
  const variable = /^Variable "\$(\w+)" got invalid value /.exec(message)?.[1];
  if (variable === undefined || !message.endsWith(`; ${reason}`)) return withoutValues(reason);
  const head = message.slice(0, -`; ${reason}`.length);
  // A text that ends like this inside of the value has its quotes escaped.
  const place = / at "([\w.[\]]+)"$/.exec(head)?.[1] ?? variable;
  return `Variable "$${place}": ${withoutValues(reason)}`;
}

/** The messages of graphql-js and Yoga that quote what a caller sent. */
const quoting: readonly (readonly [RegExp, string])[] = [
  [/ cannot represent ([\w -]{0,40})value: [\s\S]*$/, ' cannot represent $1value.'],
  [/^Value "[\s\S]*" does not exist in "(\w+)" enum[\s\S]*$/, 'The enum "$1" has no such value.'],
  [/^Expected value of type "([^"]+)", found [\s\S]*$/, 'Expected a value of type "$1".'],
  [/^Field "(?!\w+" is not)[\s\S]*" is not defined by type/, 'A field is not defined by type'],
  [/^Variable "\$(\w+)" got invalid value [\s\S]*$/, 'Variable "$$$1" got an invalid value.'],
  [/^Argument "(\w+)" has invalid value [\s\S]*$/, 'Argument "$1" has an invalid value.'],
  [/^Unknown operation named "[\s\S]*$/, 'There is no operation of the given name.'],
  [/^Unexpected parameter "[\s\S]*$/, 'The body has a member that is no parameter of a request.'],
  // A word or number that stands where none can: most likely a text whose quotes were forgotten.
  [/^(Syntax Error: [\s\S]*?\b(?:Name|Int|Float|String|BlockString|Comment)) "[\s\S]*$/, '$1.'],
  [/^(Syntax Error: [^:"]+): [\s\S]*$/, '$1.'],
];

/** A name, a type, a coordinate, a variable, a directive, a selection, or a sign of the language. */
function looksLikeName(text: string): boolean {
  return (
    /^[$@]?[A-Za-z_[][\w.[\]!]*( \{ \.\.\. \})?$/.test(text) ||
    /^[{}()[\]:=!|&$@.]{1,3}$/.test(text)
  );
}

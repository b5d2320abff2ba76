/**
 * A message of graphql-js about a request, without the values that it quotes: they may be addresses,
 * presigned URLs or names, and errors are kept in places where those must not be. Names of the
 * graph and of the caller's document stay, so that a typo can still be found.
 */
export function withoutValues(message: string): string {
  const cut = quoting.reduce((text, [pattern, instead]) => text.replace(pattern, instead), message);
  // A message that no rule above matches may still quote a name, but nothing else.
  return cut.replace(/"([^"]*)"/g, (quoted, text) => (looksLikeName(text) ? quoted : '"…"'));
}

/** The messages of graphql-js and Yoga that quote what a caller sent. */
const quoting: readonly (readonly [RegExp, string])[] = [
  [/ cannot represent ([\w -]{0,40})value: [\s\S]*$/, ' cannot represent $1value.'],
  [/^Value "[\s\S]*" does not exist in "(\w+)" enum[\s\S]*$/, 'The enum "$1" has no such value.'],
  [/^Expected value of type "([^"]+)", found [\s\S]*$/, 'Expected a value of type "$1".'],
  [/^Field "(?!\w+" is not)[\s\S]*" is not defined by type/, 'A field is not defined by type'],
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

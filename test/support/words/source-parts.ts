/** A comment or a string of a source file, without its marks. */
export interface SourceText {
  /** The line where it begins, from 1. */
  readonly line: number;
  readonly text: string;
}

/** The parts of a TypeScript or JavaScript file that the rules on words read. */
export interface SourceParts {
  /** Adjacent `//` lines are one comment. */
  readonly comments: readonly SourceText[];
  /** Quoted strings and templates; an expression inside a template reads `…`. */
  readonly strings: readonly SourceText[];
  /** The file with its comments, strings and regular expressions replaced by blanks. */
  readonly code: string;
}

/** Splits a source file into comments, strings and code. */
export function toSourceParts(text: string): SourceParts {
  const comments: SourceText[] = [];
  const strings: SourceText[] = [];
  let code = '';
  let at = 0;
  let lastLineComment = -1;

  const lineAt = (index: number) => text.slice(0, index).split('\n').length;

  function blank(until: number): void {
    code += text.slice(at, until).replace(/[^\n]/g, ' ');
    at = until;
  }

  function readComment(end: number): void {
    const line = lineAt(at);
    const isLine = text[at + 1] === '/';
    const read = text
      .slice(at + 2, isLine ? end : end - 2)
      .split('\n')
      .map((each) => each.replace(/^\s*\*+\s?/, '').trim())
      .join('\n')
      .trim();
    const before = comments.at(-1);
    if (isLine && before && lastLineComment === line - 1) {
      comments[comments.length - 1] = { line: before.line, text: `${before.text}\n${read}` };
    } else {
      comments.push({ line, text: read });
    }
    if (isLine) lastLineComment = line;
    blank(end);
  }

  function readString(quote: string): void {
    const line = lineAt(at);
    let read = '';
    let index = at + 1;
    while (index < text.length && text[index] !== quote) {
      if (text[index] === '\\') {
        read += text[index + 1] === 'n' ? '\n' : (text[index + 1] ?? '');
        index += 2;
      } else if (quote === '`' && text.startsWith('${', index)) {
        blank(index + 2);
        readCode('}');
        read += '…';
        index = at;
      } else {
        read += text[index];
        index += 1;
      }
    }
    strings.push({ line, text: read });
    blank(index + 1);
  }

  /** Reads to the end of the file, or over the brace that closes the expression of a template. */
  function readCode(until: '}' | null): void {
    let depth = 0;
    while (at < text.length) {
      const character = text[at] ?? '';
      if (text.startsWith('//', at)) readComment(endOf('\n', at));
      else if (text.startsWith('/*', at)) readComment(endOf('*/', at) + 2);
      else if (character === "'" || character === '"' || character === '`') readString(character);
      else if (character === '/' && beginsPattern(code)) blank(endOfPattern(text, at));
      else {
        if (character === '{') depth += 1;
        if (character === '}') depth -= 1;
        code += character;
        at += 1;
        if (until !== null && depth < 0) return;
      }
    }
  }

  function endOf(mark: string, from: number): number {
    const found = text.indexOf(mark, from);
    return found < 0 ? text.length : found;
  }

  readCode(null);
  return { comments, strings, code };
}

/** True if a slash behind this code begins a regular expression and divides nothing. */
function beginsPattern(code: string): boolean {
  return /(^|[(,=:[!&|?{};>+]|\b(return|of|case))\s*$/.test(code.slice(-40));
}

function endOfPattern(text: string, start: number): number {
  let isInClass = false;
  for (let index = start + 1; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\n') return index;
    if (character === '\\') index += 1;
    else if (character === '[') isInClass = true;
    else if (character === ']') isInClass = false;
    else if (character === '/' && !isInClass) return index + 1;
  }
  return text.length;
}

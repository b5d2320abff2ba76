import { toSourceParts } from './source-parts.ts';

/** A place that breaks a rule on words: the line, and the words that break it. */
export interface BadWords {
  readonly line: number;
  readonly text: string;
}

const openers = 'who|whoever|what|whatever|nobody|somebody';
const badSentence = new RegExp(`^(?:${openers})\\b`, 'i');
/** Marks that stand before the first word of a sentence: quotes, emphasis, bullets, headings, cells. */
const leadingMarks = /^(?:[\s"'“(*_>#|`-]|\d+\.\s)+/;

/**
 * Identifiers that say nothing to a reader who does not know this code: pronouns and participles
 * that stand for a thing, and everyday words in the place of a term.
 */
export const bannedNames: readonly string[] = [
  'who',
  'whom',
  'whoever',
  'somebody',
  'nobody',
  'thing',
  'things',
  'asked',
  'told',
  'held',
  'Asked',
  'Arrival',
  'AnswerPlain',
  'KeptAnswers',
  'Outlet',
  'Peer',
  'Faults',
  'Means',
  'Wording',
  'Few',
  'Over',
  'Told',
  'Held',
  'Thing',
  'DoOnce',
  'Sight',
  'Foundation',
  'Paper',
  'Look',
  'Landed',
  'Lane',
  'Lanes',
  'Origins',
  'OriginNotes',
  'Wanted',
  'Question',
  'Verdict',
  'Pass',
  'Waiter',
  'Waiting',
  'Turn',
  'Share',
  'Latest',
  'Board',
  'Outbox',
  'PatientStore',
  'Place',
  'SharedTurn',
  'Veiled',
  'Personal',
  'Try',
];
const badName = new RegExp(`(?<![.\\w$])(?:${bannedNames.join('|')})\\b`, 'g');

/** The sentences of a prose text that begin with a banned word. */
export function findBadSentences(text: string, firstLine = 1): BadWords[] {
  const found: BadWords[] = [];
  let index = 0;
  // A bullet, a cell of a table, a heading or an empty line begins a sentence without a full stop.
  for (const part of text.split(
    /(?<=[.!?]["'”)*_`]*)\s+|\n(?=\s*(?:[-*#|>]|\d+\.|\n))|(?<=\s)\|(?=\s)/,
  )) {
    const start = text.indexOf(part, index);
    index = start + part.length;
    const sentence = part.replace(leadingMarks, '');
    if (!badSentence.test(sentence)) continue;
    const line = firstLine + text.slice(0, start).split('\n').length - 1;
    found.push({ line, text: sentence.replace(/\s+/g, ' ').slice(0, 70) });
  }
  return found;
}

/** The comments and messages of a source file that begin a sentence with a banned word. */
export function findInSource(text: string): BadWords[] {
  const { comments, strings } = toSourceParts(text);
  const inComments = comments.flatMap((each) => findBadSentences(each.text, each.line));
  // A message has words; a single one is a key or a value.
  const messages = strings.filter((each) => each.text.trim().split(/\s+/).length > 2);
  return [...inComments, ...messages.flatMap((each) => findBadSentences(each.text, each.line))];
}

/** The comments and the names of the tests in a test file that begin with a banned word. */
export function findInTest(text: string): BadWords[] {
  const { comments, strings, code } = toSourceParts(text);
  const lines = code.split('\n');
  const names = strings.filter(({ line }) => {
    const before = `${lines[line - 2] ?? ''}\n${lines[line - 1] ?? ''}`;
    return /\b(?:test|suite|describe|it)\(/.test(before);
  });
  return [...comments, ...names].flatMap((each) => findBadSentences(each.text, each.line));
}

/** The prose of a Markdown file that begins a sentence with a banned word; blocks of code are left out. */
export function findInMarkdown(text: string): BadWords[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''));
  return findBadSentences(prose);
}

/** The descriptions in a schema's text that begin a sentence with a banned word. */
export function findInSchema(text: string): BadWords[] {
  const found: BadWords[] = [];
  for (const match of text.matchAll(/"""([\s\S]*?)"""|"((?:[^"\\\n]|\\.)+)"/g)) {
    const line = text.slice(0, match.index).split('\n').length;
    found.push(...findBadSentences(match[1] ?? match[2] ?? '', line));
  }
  return found;
}

const exported =
  /^export (?:default )?(?:async )?(?:abstract )?(?:interface|type|function\*?|const|class|let) (\w+)/;

/** The exports of a source file without a doc comment on the line above. */
export function findBareExports(text: string): BadWords[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const name = exported.exec(line)?.[1];
    const isDocumented = lines[index - 1]?.trimEnd().endsWith('*/');
    return name === undefined || isDocumented ? [] : [{ line: index + 1, text: name }];
  });
}

/** The banned identifiers in the code of a file; members that are only read (`a.held`) are left out. */
export function findBannedNames(text: string): BadWords[] {
  const { code } = toSourceParts(text);
  return code
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(badName)].map(([name]) => ({ line: index + 1, text: name })),
    );
}

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);

/** The text of a document, by its path from the root of the repository. */
export function readDocument(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

/** The text below a heading, up to the next heading of the same level. Fails where there is none. */
export function sectionOf(text: string, title: string): string {
  const [, marks = '', body = ''] =
    new RegExp(`(?:^|\\n)(#+) ${title}\\n([\\s\\S]*)`).exec(text) ?? [];
  assert.notEqual(body, '', `there is a section ${title}`);
  const next = body.search(new RegExp(`\\n#{1,${marks.length}} `));
  return next < 0 ? body : body.slice(0, next);
}

/** The rows of all tables of a text: the other cells, by the code in the first. */
export function tableOf(text: string): Map<string, string[]> {
  const rows = text.matchAll(/^\| `([\w@/.-]+)` \|(.*)\|$/gm);
  return new Map(
    [...rows].map(([, name = '', cells = '']) => [
      name,
      cells.split('|').map((cell) => cell.trim()),
    ]),
  );
}

/** The code blocks of a text, in order, each with its language. */
export function blocksOf(text: string): { readonly language: string; readonly code: string }[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}

/** The targets of a text's links and pictures, without those to other hosts. */
export function linksOf(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

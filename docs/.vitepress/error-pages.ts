import { readFileSync } from 'node:fs';

const page = new URL('../reference/errors.md', import.meta.url);

/** The pages of the error codes: the parameters of the route, and the page as Markdown. */
export function errorPages(): { params: { code: string }; content: string }[] {
  const rows = readFileSync(page, 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.*) \| (.*) \|$/gm);
  return [...rows].map(([, code = '', cause = '', cure = '']) => ({
    params: { code },
    content: `# ${code}\n\n## Cause\n\n${cause}\n\n## Cure\n\n${cure}`,
  }));
}

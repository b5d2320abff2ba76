import { readFileSync } from 'node:fs';

const table = new URL('../reference/errors.md', import.meta.url);
const samples = new URL('../reference/errors/examples.json', import.meta.url);

/** A case that leads to an error, as the tests of the documents ran it. */
interface Sample {
  readonly story: string;
  readonly query: string;
  readonly error: unknown;
}

/** The pages of the error codes: the parameters of the route, and the page as Markdown. */
export function errorPages(): { params: { code: string }; content: string }[] {
  const examples: Record<string, Sample> = JSON.parse(readFileSync(samples, 'utf8'));
  const rows = readFileSync(table, 'utf8').matchAll(
    /^\| `([A-Z_]+)` \| (.*) \| (.*) \| (yes|no) \|$/gm,
  );
  return [...rows].map(([, code = '', cause = '', cure = '', isRetryable = '']) => {
    const example = examples[code];
    if (example === undefined) throw new Error(`no example of ${code}`);
    const parts = [
      `# ${code}`,
      `**Retryable**: ${isRetryable}. \`extensions.retryable\` of the error says the same.`,
      `## Cause\n\n${cause}`,
      `## Cure\n\n${cure}`,
      `## Example\n\n${example.story}`,
      `\`\`\`graphql\n${example.query}\n\`\`\``,
      'The error in the answer:',
      `\`\`\`json\n${JSON.stringify(example.error, null, 2)}\n\`\`\``,
      '[All error codes](../errors.md)',
    ];
    return { params: { code }, content: parts.join('\n\n') };
  });
}

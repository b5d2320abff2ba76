import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { transformerStyleToClass } from '@shikijs/transformers';
import { defineConfig } from 'vitepress';

// Colours of code as classes: the content security policy allows no style in an attribute.
const codeStyles = transformerStyleToClass({ classPrefix: 'code-' });

const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const guides = [
  { text: 'Frontend', link: '/guides/frontend' },
  { text: 'Mobile', link: '/guides/mobile' },
  { text: 'Live status', link: '/guides/live-status' },
  { text: 'Mutations', link: '/guides/mutations' },
];

const operator = [
  { text: 'Run', link: '/operator/run' },
  { text: 'Commands', link: '/operator/commands' },
  { text: 'Configure', link: '/operator/configuration' },
  { text: 'Tenants and keys', link: '/operator/tenants' },
  { text: 'When Atlas fails', link: '/operator/atlas' },
  { text: 'Stored data', link: '/operator/stored-data' },
  { text: 'Many processes', link: '/operator/many-processes' },
  { text: 'Scaling', link: '/operator/scaling' },
  { text: 'Runbooks and objectives', link: '/operator/runbooks/README' },
  { text: 'First contact with Atlas', link: '/operator/contact' },
  { text: 'Known weaknesses', link: '/operator/known-weaknesses' },
];

const reference = [
  { text: 'Examples', link: '/reference/examples' },
  { text: 'Limits and cost', link: '/reference/limits' },
  { text: 'Redaction and scopes', link: '/reference/scopes' },
  { text: 'Errors', link: '/reference/errors' },
  { text: 'Types', link: '/reference/graph/' },
];

export default defineConfig({
  title: 'Atlas Gateway',
  description: 'One typed GraphQL graph, with live status, over the Atlas APIs.',
  lang: 'en',
  base: '/docs/',
  outDir: '../build/docs',
  cacheDir: '../build/vitepress',
  cleanUrls: true,
  // The gateway counts nothing and shows no times: the files of a checkout have none worth showing.
  lastUpdated: false,
  rewrites: { 'README.md': 'index.md', 'adr/README.md': 'adr/index.md' },
  srcExclude: ['guides/samples/**'],
  head: [
    ['link', { rel: 'icon', href: '/docs/icon.svg', type: 'image/svg+xml' }],
    ['link', { rel: 'stylesheet', href: '/docs/code.css' }],
  ],
  markdown: { codeTransformers: [codeStyles] },
  themeConfig: {
    search: { provider: 'local' },
    outline: { level: [2, 3] },
    nav: [
      { text: 'Partner', link: '/partner/journey' },
      { text: 'Guides', items: guides },
      { text: 'Operator', items: operator },
      { text: 'Sandbox', link: '/sandbox' },
      { text: 'Reference', items: reference.map(({ text, link }) => ({ text, link })) },
    ],
    sidebar: [
      {
        text: 'Partner',
        items: [
          { text: 'The journey', link: '/partner/journey' },
          { text: 'The sandbox', link: '/sandbox' },
        ],
      },
      { text: 'Guides', items: guides },
      { text: 'Reference', items: reference },
      { text: 'Operator', items: operator, collapsed: true },
      { text: 'Decisions', link: '/adr/', collapsed: true },
    ],
  },
  buildEnd({ outDir }) {
    writeFileSync(join(outDir, 'code.css'), codeStyles.getCSS());
    const names = readdirSync(outDir, { recursive: true, encoding: 'utf8' });
    writeFileSync(join(outDir, 'policy.json'), JSON.stringify(readPolicySources(outDir, names)));
    for (const name of names.filter((each) => /\.(html|js|css|svg|json)$/.test(each))) {
      const file = join(outDir, name);
      const text = readFileSync(file);
      writeFileSync(`${file}.br`, brotliCompressSync(text, brotliOptions));
      writeFileSync(`${file}.gz`, gzipSync(text));
    }
  },
});

/** The style that the theme sets for a moment, so that a change to dark mode does not fade. */
const withoutFading = `*,*::before,*::after{${['-webkit-', '-moz-', '-o-', '-ms-', '']
  .map((prefix) => `${prefix}transition:none!important`)
  .join(';')}}`;

/** The hashes of the inline scripts and style attributes of all pages (CSP Level 3, 8.3). */
function readPolicySources(
  outDir: string,
  names: readonly string[],
): { scripts: string[]; styles: string[] } {
  const scripts = new Set<string>();
  const styles = new Set<string>([toSource(withoutFading)]);
  for (const page of names.filter((name) => name.endsWith('.html'))) {
    const html = readFileSync(join(outDir, page), 'utf8');
    for (const [, text = ''] of html.matchAll(
      /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g,
    )) {
      scripts.add(toSource(text));
    }
    for (const [, text = ''] of html.matchAll(/\sstyle="([^"]*)"/g)) styles.add(toSource(text));
  }
  return { scripts: [...scripts], styles: [...styles] };
}

function toSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

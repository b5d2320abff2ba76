import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const noticesFile = join(root, 'THIRD_PARTY_NOTICES');

/** A package of the lock file, as npm writes it. */
interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

/** One package that an image contains. */
interface Notice {
  readonly title: string;
  readonly license: string;
  readonly author: string;
  readonly source: string;
  /** The texts of its licence and notice files; empty where it has none. */
  readonly texts: readonly string[];
}

const preface = `Third-party notices of Atlas Gateway

An image or installation of Atlas Gateway contains the packages below, each under its own licence.
The list is generated from package-lock.json by \`npm run notices\`; packages that only development
needs are not in it. A licence text that several packages share is printed once. A package whose
archive has no licence text is listed with the licence that its manifest names.
`;

/** Returns the notices for the packages that the lock file installs for production. */
export function toNotices(): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const packages = Object.entries<LockedPackage>(lock.packages);
  const installed = packages.filter(([path, { dev, link }]) => path !== '' && !dev && !link);
  const notices = new Map<string, Notice>();
  for (const [path, locked] of installed) {
    const notice = toNotice(join(root, path), locked);
    // One version may be installed below several packages.
    notices.set(notice.title, notices.get(notice.title) ?? notice);
  }
  const sorted = [...notices.values()].toSorted((a, b) => (a.title < b.title ? -1 : 1));
  const texts = [...new Set(sorted.flatMap((notice) => notice.texts))];
  const list = sorted.map(({ title, license, author, source, texts: own }) =>
    [
      title,
      `  licence: ${license}`,
      ...(author === '' ? [] : [`  author: ${author}`]),
      ...(source === '' ? [] : [`  source: ${source}`]),
      ...own.map((text) => `  text: ${texts.indexOf(text) + 1}`),
    ].join('\n'),
  );
  const bodies = texts.map((text, index) => `${'-'.repeat(72)}\nText ${index + 1}\n\n${text}`);
  return `${[preface, ...list, ...bodies].join('\n\n')}\n`;
}

function toNotice(directory: string, { version = '', license }: LockedPackage): Notice {
  const manifest: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const { name, author = '', repository = '' } = manifest;
  if (license === undefined) throw new Error(`${name} names no licence in the lock file`);
  const files = readdirSync(directory).filter((file) =>
    /^(licen[cs]e|copying|notice)\b/i.test(file),
  );
  return {
    title: `${name} ${version}`,
    license,
    author: (typeof author === 'string' ? author : author.name).replace(/ *[<(].*$/, ''),
    source: typeof repository === 'string' ? repository : repository.url,
    texts: files.toSorted().map((file) => readFileSync(join(directory, file), 'utf8').trim()),
  };
}

if (import.meta.main) writeFileSync(noticesFile, toNotices());

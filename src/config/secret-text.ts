/** Where the text of a secret may come from, besides the file that names it. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

/** Reads what stands for a secret: itself, `env:NAME` or `file:/path`; undefined when it is not there. */
export type ReadSecret = (given: string) => string | undefined;

/** Makes a reader of secrets, whose blanks around them (a line's end) do not count. */
export function createReadSecret({ env, readFile }: SecretSources): ReadSecret {
  return (given) => {
    const [, place, name = ''] = /^(env|file):(.*)$/s.exec(given) ?? [];
    if (place === 'env') return env[name]?.trim() || undefined;
    if (place !== 'file') return given;
    try {
      return readFile(name).trim() || undefined;
    } catch {
      return undefined;
    }
  };
}

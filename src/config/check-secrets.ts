import type { Environment } from './environment.ts';
import { isGuessable, isPlaceholder } from './guessable-secret.ts';
import type { SecretVariable } from './secret-files.ts';
import { type Variable, variables } from './variables.ts';

const random = 'give a random one, such as `openssl rand -hex 32` prints';
const issued = 'give the one that Atlas issued';

interface SecretRule {
  /** The secrets in the text of the variable. */
  readonly read?: (text: string) => readonly string[];
  readonly isRefused: (secret: string) => boolean;
  readonly cure: string;
}

const chosen: SecretRule = { isRefused: isGuessable, cure: random };
const issuedId: SecretRule = { isRefused: isPlaceholder, cure: issued };
const issuedSecret: SecretRule = { isRefused: isGuessable, cure: issued };

const rules: Readonly<Record<SecretVariable, SecretRule>> = {
  ATLAS_CLIENT_ID: issuedId,
  ATLAS_CLIENT_SECRET: issuedSecret,
  ATLAS_ADDRESS_CLIENT_ID: issuedId,
  ATLAS_ADDRESS_CLIENT_SECRET: issuedSecret,
  GATEWAY_API_KEY: chosen,
  // Each one that is taken may have signed a grant, the older one too.
  CALLBACK_SECRET: { ...chosen, read: (text) => text.split(',').map((each) => each.trim()) },
  REDIS_URL: { ...chosen, read: readPassword, cure: 'give its user a random password' },
  SANDBOX_CALLBACK_TOKEN: chosen,
  AUDIT_SECRET: chosen,
};

/**
 * Notes a fault for each secret that anybody could guess: a placeholder, an example of the
 * documentation, or a text of next to no entropy. The embedded sandbox alone may have the default key.
 */
export function checkSecrets(
  environment: Environment<Variable>,
  names: readonly SecretVariable[],
): void {
  const { read, fault, issues } = environment;
  const isEmbedded = read('ATLAS_BASE_URL') === undefined;
  for (const name of names) {
    const rule = rules[name];
    const text = read(name);
    const isKnown = issues.some((issue) => issue.startsWith(`${name} `));
    if (text === undefined || isKnown) continue;
    if (isEmbedded && name === 'GATEWAY_API_KEY' && text === variables[name]) continue;
    const secrets = rule.read?.(text) ?? [text];
    if (!secrets.some((secret) => rule.isRefused(secret))) continue;
    fault(`${name} is a placeholder, or easy to guess: ${rule.cure}.`);
  }
}

/** The password of a URL; none where there is no URL or no password. */
function readPassword(text: string): readonly string[] {
  if (!URL.canParse(text)) return [];
  const { password } = new URL(text);
  if (password === '') return [];
  try {
    return [decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

import { z } from 'zod';
import { type Scope, scopes } from '../identity/scopes.ts';
import type { TenantId } from '../tenant-id.ts';
import { isGuessable, isPlaceholder } from './guessable-secret.ts';
import { isOrigin } from './origin.ts';
import type { ReadSecret } from './secret-text.ts';

const scopeCure = `give scopes out of ${scopes.join(', ')}`;
const secretCure =
  'give ASCII letters, digits or signs, no blank, or env:NAME or file:/path of such';
const issuedCure = 'give the one that Atlas issued: this is a placeholder, or easy to guess';
const idCure = 'give 1 to 64 letters, digits or any of . _ -';

/** The names that ids and keys may have: they go into logs, paths and keys of memory. */
export const plainName = /^[a-z\d][\w.-]{0,63}$/i;

/** Makes the id of a tenant of what configuration calls one. */
export function toTenantId(given: string): TenantId {
  return given as TenantId;
}

const text = (pattern: RegExp, cure: string) => z.string(cure).regex(pattern, cure);
const listOf = <Each extends z.ZodType>(each: Each, cure: string) => z.array(each, cure);
const members = <Shape extends z.ZodRawShape>(shape: Shape, cure: string) =>
  // Names of members that are not known may be anything, a secret too.
  z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? 'give no members but those in docs/operator/tenants.md' : cure,
  });
const hostList = (example: string) =>
  listOf(
    text(
      /^(\*\.)?[a-z\d]([a-z\d.-]{0,249}[a-z\d])?$/,
      `give a host such as ${example}, or *.${example}`,
    ),
    `give a list of hosts such as ${example}`,
  );
const wholeNumber = (high: number) => {
  const cure = `give a whole number from 1 to ${high}`;
  return z.int(cure).min(1, cure).max(high, cure).optional();
};

const scopeList = listOf(z.enum(scopes, scopeCure), scopeCure).transform(
  (given): ReadonlySet<Scope> => new Set(given),
);

const momentCure = 'give a date and time such as 2027-06-30T00:00:00Z';
const moment = z
  .string(momentCure)
  .refine((given) => /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(given) && Date.parse(given), {
    error: momentCure,
  })
  .transform((given) => Date.parse(given));

const tenantKey = members(
  {
    name: text(plainName, idCure),
    sha256: text(/^[\da-f]{64}$/i, 'give the SHA-256 of the key, 64 digits in hex').transform(
      (hex) => hex.toLowerCase(),
    ),
    scopes: scopeList,
    expires: moment.optional(),
  },
  'give an object with name, sha256 and scopes',
);

/** A sound secret that is refused all the same, and the cure. */
interface Refusal {
  readonly isRefused: (secret: string) => boolean;
  readonly cure: string;
}

/** One tenant as the file has it. Each fault is reported with its cure; a value is never quoted. */
export function createTenantShape(readSecret: ReadSecret) {
  const secretOf = (pattern: RegExp, cure: string, refusal: Refusal) =>
    z.string(cure).transform((given, context) => {
      const secret = readSecret(given);
      const isSound = secret !== undefined && pattern.test(secret);
      if (isSound && !refusal.isRefused(secret)) return secret;
      context.addIssue({ code: 'custom', message: isSound ? refusal.cure : cure });
      return z.NEVER;
    });
  const credential = /^[\x21-\x7e]{1,1024}$/;
  const clientId = secretOf(credential, secretCure, { isRefused: isPlaceholder, cure: issuedCure });
  const secret = secretOf(credential, secretCure, { isRefused: isGuessable, cure: issuedCure });

  const atlas = members(
    {
      clientId,
      clientSecret: secret,
      addressClientId: clientId.optional(),
      addressClientSecret: secret.optional(),
    },
    'give an object with clientId and clientSecret',
  ).refine((given) => !given.addressClientId === !given.addressClientSecret, {
    error: 'give addressClientId and addressClientSecret together, or neither',
  });

  return members(
    {
      id: text(plainName, idCure).transform(toTenantId),
      atlas,
      keys: listOf(tenantKey, 'give a list of keys').default([]),
      scopes: scopeList.default(() => new Set(scopes)),
      limits: members(
        {
          requestsPerMinute: wholeNumber(100_000_000),
          atlasCalls: wholeNumber(1_000_000),
          subscriptions: wholeNumber(1_000_000),
          tenant: members(
            {
              requestsPerMinute: wholeNumber(1_000_000_000),
              subscriptions: wholeNumber(1_000_000),
            },
            'give an object with requestsPerMinute or subscriptions',
          ).optional(),
        },
        'give an object with requestsPerMinute, atlasCalls, subscriptions or tenant',
      ).default({}),
      origins: listOf(
        z.string().refine(isOrigin, 'give an origin such as https://app.example'),
        'give a list of origins such as https://app.example',
      ).optional(),
      productType: text(/^\S(.{0,126}\S)?$/, 'give a text of 1 to 128 characters').optional(),
      fileHosts: hostList('files.example').optional(),
      allowHttpFiles: z.boolean('give true or false').default(false),
      callbackHosts: hostList('hooks.example').default([]),
      grantsNotBefore: moment.optional(),
      persistedOnly: z.boolean('give true or false').default(false),
      jwtTenants: listOf(
        text(/^.{1,256}$/, 'give a text of 1 to 256 characters'),
        'give a list of values of the tenant claim',
      ).optional(),
      sandboxCallbackToken: secretOf(
        /^[\w.~-]{16,256}$/,
        'give 16 to 256 letters, digits or any of . _ ~ -, or env:NAME or file:/path of such',
        { isRefused: isGuessable, cure: 'give a random one: this can be guessed' },
      ).optional(),
    },
    'give an object with id, atlas and keys',
  );
}

/** One tenant as the tenants file gives it, before defaults. */
export type GivenTenant = z.output<ReturnType<typeof createTenantShape>>;

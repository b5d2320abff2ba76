import { builder } from '../builder.ts';
import type { Renewal } from '../operation/context.ts';
import { BadInputError, createPublicError } from '../operation/errors.ts';
import { type UserError, UserErrorRef } from '../refs.ts';
import { createInputCheck, type InputCheck } from '../user-error.ts';

/** Characters of a token; as many as of a JWT that is read. */
const longestToken = 8_192;

const ReauthenticateInputRef = builder.inputType('ReauthenticateInput', {
  description: 'The input of `reauthenticate`.',
  fields: (t) => ({
    token: t.string({
      required: true,
      description:
        'A key, JWT or flow grant of the same caller, with or without `Bearer `. Send it as a variable, never in the text of the operation.',
    }),
  }),
});

interface ReauthenticatePayload {
  readonly expiresAt: Date | null;
  readonly userErrors: readonly UserError[];
}

const ReauthenticatePayloadRef = builder
  .objectRef<ReauthenticatePayload>('ReauthenticatePayload')
  .implement({
    description: 'The result of `reauthenticate`.',
    fields: (t) => ({
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'The time until which the connection is now authorised; null for an API key that does not expire, and when there are userErrors.',
      }),
      userErrors: t.expose('userErrors', {
        type: [UserErrorRef],
        description:
          'The faults of the input; empty when the connection was renewed. With a fault it keeps the authority that it had.',
      }),
    }),
  });

builder.mutationField('reauthenticate', (t) =>
  t.field({
    type: ReauthenticatePayloadRef,
    nullable: true,
    description:
      'Renews the authority of the WebSocket or single-connection stream that it comes by: its operations go on under the newer token, except that an operation which needs a scope that the newer token lacks ends with FORBIDDEN. Additional scopes apply to operations that begin afterwards. Two tokens are of one caller if they are keys of one name, JWTs of one subject, or grants for one flow of one issuer. Open to every caller.',
    args: {
      input: t.arg({
        type: ReauthenticateInputRef,
        required: true,
        description: 'The newer token.',
      }),
    },
    resolve: async (_root, { input: { token } }, { operation }): Promise<ReauthenticatePayload> => {
      const { reauthenticate } = operation;
      if (reauthenticate === undefined) {
        throw new BadInputError(
          'reauthenticate: it must come by a WebSocket or a single-connection stream.',
        );
      }
      const check = createInputCheck();
      checkToken(check, token);
      if (check.userErrors.length > 0) return { expiresAt: null, userErrors: check.userErrors };
      const given = token.trim();
      const renewal = await reauthenticate(/^bearer /i.test(given) ? given : `Bearer ${given}`);
      return toPayload(renewal, check);
    },
  }),
);

function checkToken(check: InputCheck, token: string): void {
  if (token.trim() === '') check.add('REQUIRED', ['token'], 'token is needed.');
  else if (token.length > longestToken) {
    check.add('TOO_LONG', ['token'], `token has more than ${longestToken} characters.`);
  }
}

function toPayload(renewal: Renewal, check: InputCheck): ReauthenticatePayload {
  if (!('refusal' in renewal)) {
    const { expiresAt } = renewal;
    return { expiresAt: expiresAt === null ? null : new Date(expiresAt), userErrors: [] };
  }
  const { code, message } = renewal.refusal;
  // The caller is not at fault, and can repeat it.
  if (code !== 'UNAUTHENTICATED' && code !== 'FORBIDDEN') throw createPublicError(code, message);
  check.add('TOKEN_REFUSED', ['token'], message);
  return { expiresAt: null, userErrors: check.userErrors };
}

import { builder } from './builder.ts';
import { type PlainUrl, readPlainUrl } from './mutations/plain-url.ts';
import { type UserError, UserErrorRef } from './refs.ts';

const UserErrorCodeRef = builder.enumType('UserErrorCode', {
  description: 'The kind of an error in the input of a mutation.',
  values: {
    REQUIRED: { description: 'A required value is missing or blank.' },
    EMPTY: { description: 'A list has no entries.' },
    TOO_MANY: { description: 'A list has too many entries.' },
    TOO_LONG: { description: 'A text is too long.' },
    DUPLICATE: { description: 'The same id is given twice.' },
    OUT_OF_RANGE: { description: 'A number is too small or too large.' },
    INVALID_URL: {
      description: 'The text is not an absolute http or https address (RFC 3986).',
    },
    FILE_URL_NOT_HTTPS: { description: 'The address of a file does not use https.' },
    FILE_HOST_PRIVATE: {
      description:
        'The host of a file is an IP address or a private name, which Atlas must not be sent to.',
    },
    FILE_HOST_NOT_ALLOWED: {
      description: "The host of a file is not among the tenant's `fileHosts`.",
    },
    FILE_URL_HAS_USER: { description: 'The address of a file holds a user or a password.' },
    FILE_URL_EXPIRES: {
      description:
        'The presigned address of a file expires within ten minutes, but Atlas may fetch it later.',
    },
    FILE_REFUSED: { description: 'Atlas accepted other files of this call, but not this one.' },
    CALLBACK_NOT_HTTPS: { description: 'A callback address does not use https.' },
    CALLBACK_HOST_PRIVATE: {
      description: 'The host of a callback address is an IP address or a private name.',
    },
    CALLBACK_HOST_NOT_ALLOWED: {
      description: "The host of a callback address is not among the tenant's `callbackHosts`.",
    },
    CALLBACK_URL_HAS_USER: { description: 'A callback address holds a user or a password.' },
    CALLBACK_URL_EXPIRES: {
      description:
        'A presigned callback address expires within ten minutes, but Atlas calls it only when the flow ends.',
    },
    CALLBACK_IN_FLOW_PARAMS: {
      description: 'A member of `flowParams` has a name that Atlas uses for an address to call.',
    },
    IDEMPOTENCY_KEY_REUSED: {
      description: 'The key was used for another input in the last 24 hours.',
    },
    FLOW_ALREADY_OPEN: {
      description: 'The application has a flow that has not ended, and `ifOpen` is REFUSE.',
    },
    TOKEN_REFUSED: { description: 'The token is not accepted, or belongs to another caller.' },
    NOT_FOUND: { description: 'Atlas has no flow or batch with this id.' },
  } as const,
});

UserErrorRef.implement({
  description:
    'An error in the input of a mutation. Nothing was done, except with FILE_REFUSED, where Atlas accepted the other files.',
  fields: (t) => ({
    code: t.expose('code', { type: UserErrorCodeRef, description: 'The kind of the error.' }),
    message: t.exposeString('message', { description: 'An explanation of the error.' }),
    path: t.exposeStringList('path', {
      description: 'The path to the faulty argument, such as ["input", "files", "0", "url"].',
    }),
  }),
});

/** Collects what is wrong with an input, so that all of it is told at once. */
export interface InputCheck {
  readonly userErrors: readonly UserError[];
  add(code: UserError['code'], path: readonly (string | number)[], message: string): void;
  text(path: readonly (string | number)[], value: string | null | undefined): void;
  /** Adds a fault for an address that is too long or has not one reading; returns any other. */
  url(path: readonly (string | number)[], value: string): PlainUrl | null;
}

const longestText = 255;
const longestUrl = 4_096;

/** A new check; a text is 1 to 255 characters, a URL http or https and at most 4,096 characters. */
export function createInputCheck(): InputCheck {
  const userErrors: UserError[] = [];

  const check: InputCheck = {
    userErrors,
    add(code, path, message) {
      userErrors.push({ code, message, path: ['input', ...path.map(String)] });
    },
    text(path, value) {
      const name = path.at(-1);
      if (value == null || value.trim() === '') check.add('REQUIRED', path, `${name} is needed.`);
      else if (value.length > longestText) {
        check.add('TOO_LONG', path, `${name} has more than ${longestText} characters.`);
      }
    },
    url(path, value) {
      const name = path.at(-1);
      if (value.length > longestUrl) {
        check.add('TOO_LONG', path, `${name} has more than ${longestUrl} characters.`);
        return null;
      }
      const address = readPlainUrl(value);
      if (address === null) {
        const form = 'an absolute http or https address in ASCII, as RFC 3986 writes it';
        check.add('INVALID_URL', path, `${name} must be ${form}.`);
      }
      return address;
    },
  };
  return check;
}

/** The credential that `connection_init` holds, as an `Authorization` value. */
export type InitCredential =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly authorization: string }
  /** Two places of the payload hold different credentials, or one of them holds no text. */
  | { readonly kind: 'contradictory' };

/** Members that hold the credential, in lower case; so does `authorization` among `headers`. */
const names = ['authorization', 'authtoken', 'token'];

/**
 * Reads the credential from the payload of `connection_init`, in the shapes that clients send:
 * `{authorization}`, `{headers: {authorization}}`, `{authToken}` and `{token}`, in any letter case,
 * with or without the scheme `Bearer`. A member that is null counts as absent.
 */
export function readInitCredential(
  payload: Readonly<Record<string, unknown>> | undefined,
): InitCredential {
  const given = Object.entries(payload ?? {}).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    if (lower === 'headers') return valuesOf(value, ['authorization']);
    return names.includes(lower) ? [value] : [];
  });
  const [first, ...rest] = given.filter((value) => value != null).map(toAuthorization);
  if (first === undefined) return { kind: 'none' };
  if (first === null || rest.some((other) => other !== first)) return { kind: 'contradictory' };
  return { kind: 'one', authorization: first };
}

function valuesOf(members: unknown, wanted: readonly string[]): unknown[] {
  if (typeof members !== 'object' || members === null) return [];
  return Object.entries(members).flatMap(([name, value]) =>
    wanted.includes(name.toLowerCase()) ? [value] : [],
  );
}

/** The value with the scheme `Bearer` in front where it has none; null for what is no text. */
function toAuthorization(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const bearer = /^bearer +(.*)$/is.exec(text)?.[1];
  if (bearer !== undefined) return `Bearer ${bearer}`;
  // A value of two words has another scheme, which is refused where it is checked.
  return /\s/.test(text) ? text : `Bearer ${text}`;
}

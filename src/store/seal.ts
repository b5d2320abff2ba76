import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Keeps a secret from whoever can read the place where it lies, and knows if it was changed. */
export interface Seal {
  /** AES-256-GCM; `name` says what it is, and opens nothing that was sealed as something else. */
  seal(text: string, name: string): string;
  /** Null: sealed by another secret, as something else, or changed since. */
  open(sealed: string, name: string): string | null;
}

const ivBytes = 12;
const tagBytes = 16;

/** A seal by the first of the secrets, opened by any: the others are those of before a rotation. */
export function createSeal(secrets: readonly [string, ...string[]]): Seal {
  const [newest, ...older] = secrets;
  const newestKey = toKey(newest);
  const keys = [newestKey, ...older.map(toKey)];

  return {
    seal(text, name) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', newestKey, iv).setAAD(Buffer.from(name));
      const sealed = [cipher.update(text, 'utf8'), cipher.final()];
      return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]).toString('base64url');
    },
    open(sealed, name) {
      const bytes = Buffer.from(sealed, 'base64url');
      for (const key of keys) {
        const text = openBy(key, bytes, name);
        if (text !== null) return text;
      }
      return null;
    },
  };
}

/** A key for this use alone (RFC 5869), so that what else the secret seals tells nothing of it. */
function toKey(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'atlas-gateway seal 1', 32));
}

function openBy(key: Buffer, bytes: Buffer, name: string): string | null {
  if (bytes.length < ivBytes + tagBytes) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(name));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return (
      decipher.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') +
      decipher.final('utf8')
    );
  } catch {
    return null;
  }
}

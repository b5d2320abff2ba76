/** Where keys are kept: `localStorage`, or anything with these methods. */
export interface KeyStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface IdempotencyKeys {
  /** The key of an act: the same for 24 hours, over reloads, until it is forgotten. */
  keyFor(name: string): string;
  /** Has the next act of this name get another key. */
  forget(name: string): void;
}

/** The gateway keeps what came of a key for as long. */
const lifetimeMs = 24 * 60 * 60 * 1000;
const prefix = 'atlas-idempotency:';

/**
 * Idempotency keys that survive a reload, by the names of the acts. Storage that cannot be used (a
 * private window, a full disk) is replaced by memory.
 */
export function createIdempotencyKeys(
  storage: KeyStorage | undefined,
  now = () => Date.now(),
): IdempotencyKeys {
  const memory = new Map<string, string>();

  function read(name: string): string | null {
    try {
      return storage?.getItem(prefix + name) ?? memory.get(name) ?? null;
    } catch {
      return memory.get(name) ?? null;
    }
  }

  return {
    keyFor(name) {
      const [key, madeAt] = read(name)?.split(' ') ?? [];
      if (key && now() - Number(madeAt) < lifetimeMs) return key;
      const fresh = randomKey();
      memory.set(name, `${fresh} ${now()}`);
      try {
        storage?.setItem(prefix + name, `${fresh} ${now()}`);
      } catch {
        // The key is in memory; it does not survive a reload.
      }
      return fresh;
    },
    forget(name) {
      memory.delete(name);
      try {
        storage?.removeItem(prefix + name);
      } catch {
        // Nothing is stored there.
      }
    },
  };
}

/**
 * A key need not be secret, only unlike all others of its caller. `crypto.randomUUID` is missing on
 * pages without https, and all of `crypto` in React Native.
 */
function randomKey(): string {
  const bytes = new Uint8Array(16).map(() => Math.random() * 256);
  globalThis.crypto?.getRandomValues(bytes);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

import type { Journey } from './journey.ts';

/** The text of an editor that differs from the one it opened with. */
export interface Draft {
  readonly query?: string;
  readonly variables?: string;
}

/** The part of the page that lives as long as its tab of the browser. */
export interface Session {
  readonly key: string | null;
  readonly journey: Journey | null;
  readonly drafts: Readonly<Record<string, Draft>>;
}

const name = 'atlas-gateway';
const empty: Session = { key: null, journey: null, drafts: {} };

/** Reads what an earlier visit of this tab left; an empty session where the storage is forbidden. */
export function readSession(): Session {
  try {
    return { ...empty, ...JSON.parse(sessionStorage.getItem(name) ?? '{}') };
  } catch {
    return empty;
  }
}

/** Keeps the session until the tab is closed. It is lost on reload where the storage is full. */
export function writeSession(session: Session): void {
  try {
    sessionStorage.setItem(name, JSON.stringify(session));
  } catch {
    // The page works without.
  }
}

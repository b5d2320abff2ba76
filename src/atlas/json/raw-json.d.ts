/** Declares JSON.parse source text access, which TypeScript's libraries do not know yet. */
interface RawJson {
  readonly rawJSON: string;
}

interface JSON {
  /** A value that `JSON.stringify` writes as this text. */
  rawJSON(text: string): RawJson;
  isRawJSON(value: unknown): value is RawJson;
}

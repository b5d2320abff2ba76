/** A story of the sandbox that one click plays. */
export interface PlayableStory {
  /** The beginning of the application id that plays it, such as `busy-3`. */
  readonly name: string;
  readonly happens: string;
}

/** The facts that the gateway writes into the page of the playground. */
export interface PlaygroundSettings {
  /** The key that is filled in; null: the page asks for one. */
  readonly apiKey: string | null;
  /** True if the gateway has a sandbox with synthetic data, false before a real Atlas. */
  readonly isSandbox: boolean;
  /** True if the gateway serves the documents at `/docs`. */
  readonly hasDocuments: boolean;
  /** The stories that can be played; none before a real Atlas. */
  readonly stories: readonly PlayableStory[];
}

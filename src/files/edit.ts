/** A change to a file, worked out but not made. */
export interface Edit {
  /** The file as it was when the edit was worked out; null where there was none. */
  readonly before: Buffer | null;
  readonly after: Buffer;
  /** What else had to change, in words and without a key: `line 3: a second JEAN2_AUTH_TOKEN is commented out`. */
  readonly notes: readonly string[];
}

/** What a write did beside the bytes, in words: `mode 0644 became 0600`. */
export interface Written {
  readonly created: boolean;
  readonly notes: readonly string[];
}

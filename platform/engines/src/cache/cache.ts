/**
 * The cache port: text that may be lost at any time. Nothing is true because it is in a cache; who
 * reads one knows how to make the value again.
 */
export interface Cache {
  /** The text, or undefined where there is none, or no longer. */
  get(key: string): Promise<string | undefined>;
  /**
   * Keeps a text for at most this long.
   * @throws RangeError where the time is not positive
   */
  set(key: string, value: string, lifetimeMs: number): Promise<void>;
  /** Forgets these keys; no error where there are none. */
  delete(keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

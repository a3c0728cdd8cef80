/**
 * The port of finished answers: texts that are dear to make, that many ask for at once, and that name
 * what they were made from. Nothing is true because it is kept here.
 */
export interface ResponseCache {
  /**
   * The kept text, or the one that `make` makes. Of callers that ask at the same moment one makes it and
   * the others wait for it, also in other processes where the engine is shared. Where the engine is away
   * it is made each time; what `make` throws reaches the callers and is not remembered.
   */
  get(request: ResponseRequest, make: () => Promise<string>): Promise<string>;
  /**
   * Forgets what carries one of the tags. What is being made meanwhile is handed to its callers and not
   * kept.
   * @throws AppError `unavailable` where the engine can't be reached: the texts end with their time
   */
  purge(tags: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface ResponseRequest {
  readonly key: string;
  /** At most {@link TAGS_MAX}. */
  readonly tags: readonly string[];
  /** Above zero, and at most {@link LIFETIME_MS_MAX}. */
  readonly lifetimeMs: number;
}

export const TAGS_MAX = 16;
/** A tag that was purged is remembered for longer than any text is kept. */
export const LIFETIME_MS_MAX = 3_600_000;

/** Refuses what makes no sense, for every adapter alike. @throws RangeError */
export function checkResponseRequest({ tags, lifetimeMs }: ResponseRequest): void {
  if (tags.length > TAGS_MAX) throw new RangeError(`a text has at most ${TAGS_MAX} tags`);
  if (!(lifetimeMs > 0) || lifetimeMs > LIFETIME_MS_MAX) {
    throw new RangeError(`a text is kept for 1 to ${LIFETIME_MS_MAX} ms`);
  }
}

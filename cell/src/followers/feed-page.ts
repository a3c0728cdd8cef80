/** What every feed of the control plane answers, whatever it carries. */
export interface FeedPage<Item> {
  readonly items: readonly Item[];
  readonly headSeq: number;
  readonly nextAfter: number;
}

/** A page that does not continue where the cell stands. Nothing of it is applied. */
export class FeedPageError extends Error {
  override readonly name = 'FeedPageError';
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * Checks a page against the cursor that it was asked for.
 * @param name of the member that holds the items
 * @param after cursor that was sent
 * @throws FeedPageError where numbers do not grow, or begin at or below the cursor
 */
export function readFeedPage<Item extends { readonly seq: number }>(
  answer: unknown,
  name: string,
  after: number,
): FeedPage<Item> {
  const page = (answer ?? {}) as Readonly<Record<string, unknown>>;
  const { [name]: items, headSeq, nextAfter } = page;
  if (!Array.isArray(items) || !isSeq(headSeq) || !isSeq(nextAfter)) {
    throw new FeedPageError(`the answer is no page of ${name}`);
  }
  let previous = after;
  for (const item of items as readonly Partial<Item>[]) {
    if (!isSeq(item?.seq) || item.seq <= previous) {
      throw new FeedPageError(`number ${item?.seq} of ${name} does not follow ${previous}`);
    }
    previous = item.seq;
  }
  if (nextAfter < previous) {
    throw new FeedPageError(
      `${name} go on at ${nextAfter}, before their own last number ${previous}`,
    );
  }
  return { items: items as readonly Item[], headSeq, nextAfter };
}

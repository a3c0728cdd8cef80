import { useInfiniteQuery } from '@tanstack/react-query';
import { read } from './client.ts';
import type { Page } from './types.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * A list that is read page by page. Filters are part of its key, so each choice of them is a list of
 * its own, and the one before is shown until the next is there.
 */
export function useList<Item, Answer extends Page<Item> = Page<Item>>(
  path: string,
  query: Query = {},
  options: { readonly refetchMs?: number | undefined } = {},
) {
  const list = useInfiniteQuery({
    queryKey: ['list', path, query],
    queryFn: ({ pageParam, signal }) =>
      read<Answer>(path, { query: { ...query, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Answer) => last.nextCursor ?? undefined,
    placeholderData: (previous) => previous,
    ...(options.refetchMs !== undefined && { refetchInterval: options.refetchMs }),
  });
  return {
    ...list,
    /** The first page, for what comes beside the items. */
    first: list.data?.pages[0],
    items: list.data?.pages.flatMap((page) => page.items),
  };
}
export type List = ReturnType<typeof useList>;

/** All lists below a path are read anew. */
export const listKey = (path: string) => ['list', path] as const;

import type { ProductDocument } from '@commerce/contracts/catalog';
import { useQueryClient } from '@tanstack/react-query';
import { useVendor } from '../shell/vendor.tsx';
import { type ApiAnswer, send } from './client.ts';
import { listKey } from './lists.ts';

/** A product as it was read, with the ETag that a change has to bring. */
export type ReadProduct = ApiAnswer<ProductDocument>;

export const productKey = (id: string) => ['product', id] as const;
export const replicationKey = (productId: string) => ['replication', productId] as const;

export const readProduct = (id: string, signal?: AbortSignal): Promise<ReadProduct> =>
  send<ProductDocument>(`/v1/catalog/products/${id}`, { ...(signal && { signal }) });

/** Gives a function that puts what was saved where lists and the page itself read it. */
export function useSavedProduct() {
  const queries = useQueryClient();
  const { api } = useVendor();
  return async (saved: ReadProduct): Promise<void> => {
    const { id } = saved.body;
    queries.setQueryData(productKey(id), saved);
    // What is known of the cells is of the version before.
    queries.removeQueries({ queryKey: replicationKey(id) });
    await Promise.all([
      queries.invalidateQueries({ queryKey: listKey(`${api}/products`) }),
      queries.invalidateQueries({ queryKey: listKey(`${api}/stock`) }),
    ]);
  };
}

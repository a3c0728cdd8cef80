import type { VendorDocument } from '@commerce/contracts/catalog';
import { useQuery } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { Outlet, useParams } from 'react-router';
import { send } from '../api/client.ts';
import { useSession } from './session.tsx';
import { Shown } from './states.tsx';

export interface CurrentVendor {
  readonly vendor: VendorDocument;
  readonly etag: string | undefined;
  /** Address of the vendor's pages in the console, and of its things in the API. */
  readonly base: string;
  readonly api: string;
  /** The vendor's id where an operator acts for it. */
  readonly actingFor: string | undefined;
}

const Context = createContext<CurrentVendor | undefined>(undefined);

export const vendorKey = (id: string) => ['vendor', id] as const;

/** Around the pages of one vendor: all of them know which. */
export function VendorScope() {
  const { vendorId = '' } = useParams();
  const { isOperator } = useSession();
  const query = useQuery({
    queryKey: vendorKey(vendorId),
    queryFn: async ({ signal }) => send<VendorDocument>(`/v1/vendors/${vendorId}`, { signal }),
  });
  return (
    <Shown query={query}>
      {({ body: vendor, etag }) => (
        <Context
          value={{
            vendor,
            etag,
            base: `/vendors/${vendor.id}`,
            api: `/v1/vendors/${vendor.id}`,
            actingFor: isOperator ? vendor.id : undefined,
          }}
        >
          <Outlet />
        </Context>
      )}
    </Shown>
  );
}

export function useVendor(): CurrentVendor {
  const vendor = use(Context);
  if (vendor === undefined) throw new Error('this page is of no vendor');
  return vendor;
}

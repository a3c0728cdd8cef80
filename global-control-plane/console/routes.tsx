import { createBrowserRouter, Navigate, type RouteObject, useRouteError } from 'react-router';
import { Layout } from './shell/layout.tsx';
import { useSession } from './shell/session.tsx';
import { Failure, Loading, NotFound } from './shell/states.tsx';
import { VendorScope } from './shell/vendor.tsx';

/** The page that one comes for: a vendor's overview, or the vendors for an operator. */
function Home() {
  const { user } = useSession();
  return (
    <Navigate
      replace
      to={user.vendorId === null ? '/vendors' : `/vendors/${user.vendorId}/overview`}
    />
  );
}

function Broken() {
  return <Failure error={useRouteError()} retry={() => location.reload()} level={1} />;
}

/** Each page is a file of its own, loaded when somebody first goes there. */
const vendorPages: readonly RouteObject[] = [
  { index: true, element: <Navigate replace to="overview" /> },
  {
    path: 'overview',
    lazy: async () => ({ Component: (await import('./pages/overview.tsx')).Overview }),
  },
  {
    path: 'products',
    lazy: async () => ({ Component: (await import('./pages/products.tsx')).Products }),
  },
  {
    path: 'products/new',
    lazy: async () => ({ Component: (await import('./pages/new-product.tsx')).NewProduct }),
  },
  {
    path: 'products/:productId',
    lazy: async () => ({ Component: (await import('./pages/product.tsx')).EditProduct }),
  },
  { path: 'stock', lazy: async () => ({ Component: (await import('./pages/stock.tsx')).Stock }) },
  {
    path: 'orders',
    lazy: async () => ({ Component: (await import('./pages/orders.tsx')).Orders }),
  },
  {
    path: 'orders/:orderId',
    lazy: async () => ({ Component: (await import('./pages/order.tsx')).OrderPage }),
  },
  {
    path: 'imports',
    lazy: async () => ({ Component: (await import('./pages/imports.tsx')).Imports }),
  },
  {
    path: 'imports/:importId',
    lazy: async () => ({ Component: (await import('./pages/import.tsx')).ImportPage }),
  },
  {
    path: 'settings',
    lazy: async () => ({ Component: (await import('./pages/settings.tsx')).Settings }),
  },
];

/** Addresses of the console, below `/console`. */
export const router = createBrowserRouter(
  [
    {
      element: <Layout />,
      hydrateFallbackElement: <Loading />,
      errorElement: <Broken />,
      children: [
        {
          errorElement: <Broken />,
          children: [
            { index: true, element: <Home /> },
            {
              path: 'vendors',
              lazy: async () => ({ Component: (await import('./pages/vendors.tsx')).Vendors }),
            },
            {
              path: 'cells',
              lazy: async () => ({ Component: (await import('./pages/cells.tsx')).Cells }),
            },
            {
              path: 'cells/:cellId',
              lazy: async () => ({ Component: (await import('./pages/cell.tsx')).CellPage }),
            },
            {
              path: 'evacuations',
              lazy: async () => ({
                Component: (await import('./pages/evacuations.tsx')).Evacuations,
              }),
            },
            {
              path: 'evacuations/:planId',
              lazy: async () => ({
                Component: (await import('./pages/evacuation.tsx')).EvacuationPage,
              }),
            },
            {
              path: 'audit',
              lazy: async () => ({ Component: (await import('./pages/audit.tsx')).Audit }),
            },
            { path: 'vendors/:vendorId', element: <VendorScope />, children: [...vendorPages] },
            { path: '*', element: <NotFound /> },
          ],
        },
      ],
    },
  ],
  { basename: '/console' },
);

import type { DeclaredTable } from '../../declared-table.ts';

// A vendor is a company: its public profile tells of no natural person. Its staff are users.
export const tables: readonly DeclaredTable[] = [
  {
    name: 'vendors',
    columns: {
      id: 'none',
      slug: 'none',
      name: 'none',
      country: 'none',
      status: 'none',
      slug_claimed: 'none',
      version: 'none',
      created_at: 'none',
    },
  },
  {
    name: 'vendor_shipping_rates',
    columns: {
      id: 'none',
      vendor_id: 'none',
      code: 'none',
      market: 'none',
      currency: 'none',
      amount_minor: 'none',
      names: 'none',
      min_days: 'none',
      max_days: 'none',
    },
  },
];

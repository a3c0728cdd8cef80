import type { DeclaredTable } from '../../declared-table.ts';

export const tables: readonly DeclaredTable[] = [
  { name: 'catalog_head', columns: { id: 'none', seq: 'none' } },
  {
    name: 'catalog_changes',
    columns: {
      kind: 'none',
      id: 'none',
      seq: 'none',
      changed_at: 'none',
      bytes: 'none',
      document: 'none',
    },
  },
  {
    name: 'categories',
    columns: { id: 'none', handle: 'none', parent: 'none', names: 'none', position: 'none' },
  },
  {
    name: 'products',
    columns: {
      id: 'none',
      vendor_id: 'none',
      handle: 'none',
      status: 'none',
      document: 'none',
      input_hash: 'none',
      version: 'none',
      created_at: 'none',
      updated_at: 'none',
      search_text: 'none',
    },
  },
  {
    name: 'variants',
    columns: {
      id: 'none',
      product_id: 'none',
      vendor_id: 'none',
      sku: 'none',
      active: 'none',
      markets: 'none',
    },
  },
  {
    name: 'media',
    columns: {
      hash: 'none',
      content_type: 'none',
      bytes: 'none',
      vendor_id: 'none',
      created_at: 'none',
    },
  },
  {
    name: 'catalog_imports',
    columns: {
      id: 'none',
      vendor_id: 'none',
      state: 'none',
      dry_run: 'none',
      started_at: 'none',
      finished_at: 'none',
      created: 'none',
      updated: 'none',
      unchanged: 'none',
      failed: 'none',
      errors: 'none',
      key_hash: 'none',
      body_hash: 'none',
    },
  },
];

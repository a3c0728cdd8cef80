import type { CellTable } from '../../partitions/tables.ts';

/** The module's tables with the data class of every column: the catalogue names no natural person. */
export const catalogTables: readonly CellTable[] = [
  {
    name: 'catalog_vendors',
    columns: {
      vendor_id: 'none',
      slug: 'none',
      name: 'none',
      country: 'none',
      status: 'none',
      seq: 'none',
    },
  },
  {
    name: 'catalog_categories',
    columns: {
      category_id: 'none',
      handle: 'none',
      parent: 'none',
      names: 'none',
      position: 'none',
      seq: 'none',
    },
  },
  {
    name: 'catalog_products',
    columns: {
      product_id: 'none',
      handle: 'none',
      vendor_id: 'none',
      status: 'none',
      titles: 'none',
      descriptions: 'none',
      options: 'none',
      attributes: 'none',
      media: 'none',
      categories: 'none',
      markets: 'none',
      created_at: 'none',
      updated_at: 'none',
      seq: 'none',
      touched_seq: 'none',
    },
  },
  {
    name: 'catalog_variants',
    columns: {
      variant_id: 'none',
      product_id: 'none',
      position: 'none',
      sku: 'none',
      options: 'none',
      weight_grams: 'none',
    },
  },
  {
    name: 'catalog_product_categories',
    columns: {
      category: 'none',
      product_id: 'none',
    },
  },
  {
    name: 'catalog_cursor',
    columns: {
      id: 'none',
      applied_seq: 'none',
      source_seq: 'none',
      applied_at: 'none',
      confirmed_at: 'none',
    },
  },
];

import type { CellTable } from '../../partitions/tables.ts';

/** The module's tables with the data class of every column; the index itself declares its own. */
export const searchTables: readonly CellTable[] = [
  {
    name: 'search_progress',
    columns: {
      id: 'none',
      touched_seq: 'none',
      product_id: 'none',
    },
  },
  {
    name: 'search_labels',
    columns: {
      facet: 'none',
      value: 'none',
      labels: 'none',
      seq: 'none',
    },
  },
];

import type { CellTable } from '../../partitions/tables.ts';

/** The module's table with the data class of every column. */
export const mediaTables: readonly CellTable[] = [
  {
    name: 'media_objects',
    columns: {
      hash: 'none',
      content_type: 'none',
      size_bytes: 'none',
    },
  },
];

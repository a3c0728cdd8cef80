import type { DataClass } from '@commerce/contracts/data-classes';

/** A table that a module owns, with the data class of each of its columns. */
export interface DeclaredTable {
  readonly name: string;
  readonly columns: Readonly<Record<string, DataClass>>;
}

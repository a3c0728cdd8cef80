/**
 * Inventory: the units that this cell may sell without asking anyone.
 *
 * Owns the cell's free pool (granted by the control plane) and the units that its partitions hold
 * (reserved) or have sold (committed).
 * Refuses to take more than the pool has: a checkout gets all of its units or none.
 * Invariants: available never falls below zero, at any isolation level; for each variant
 * received + opening + moved in − returned − moved out − shipped = available + reserved + committed (I3, the
 * cell's part), where the moves are the units that partitions held when they came and went; totals only grow.
 */
export {
  type CommittedUnits,
  createInventory,
  type Inventory,
  type StockLine,
  type StockShortage,
} from './service.ts';
export { inventoryCellTables, stockReservations } from './tables.ts';

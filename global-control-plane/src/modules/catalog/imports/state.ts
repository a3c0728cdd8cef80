import type { ImportState } from '@commerce/contracts/catalog-imports';

/** From each state, those that follow it. Only `failed` and `interrupted` files that are kept go on. */
export const IMPORT_TRANSITIONS: Readonly<Record<ImportState, readonly ImportState[]>> = {
  uploading: ['queued', 'running', 'failed', 'interrupted'],
  queued: ['running', 'cancelled'],
  running: ['completed', 'failed', 'cancelled', 'interrupted'],
  completed: [],
  failed: ['queued', 'uploading', 'running'],
  cancelled: ['queued'],
  interrupted: ['queued', 'uploading', 'running'],
};

/** States that an import may come into another one from. */
export function statesBefore(state: ImportState): ImportState[] {
  return (Object.keys(IMPORT_TRANSITIONS) as ImportState[]).filter((from) =>
    IMPORT_TRANSITIONS[from].includes(state),
  );
}

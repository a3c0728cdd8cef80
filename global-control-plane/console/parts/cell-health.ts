import type { Tone } from '@commerce/ui/content';
import type { FleetCell } from '../api/fleet-types.ts';
import type { MessageKey } from '../i18n/catalogues.ts';

/** How a cell is, in one word, the worst first. */
export function healthOf(cell: FleetCell): readonly [Tone, MessageKey] {
  if (cell.state === 'retired') return ['neutral', 'cells.retired'];
  if (!cell.answers) return ['danger', 'cells.unreachable'];
  if (cell.quarantine !== null) return ['danger', 'cells.quarantined'];
  if (!cell.ready) return ['warning', 'cells.notReady'];
  if (cell.unprotected > 0) return ['warning', 'fleet.unprotected'];
  return ['success', 'cells.ready'];
}

export const CELL_STATE_BADGES = {
  accepting: ['success', 'cells.accepting'],
  draining: ['warning', 'cells.draining'],
  retired: ['neutral', 'cells.retired'],
} as const satisfies Readonly<Record<FleetCell['state'], readonly [Tone, MessageKey]>>;

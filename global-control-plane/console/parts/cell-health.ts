import type { Tone } from '@commerce/ui/content';
import type { FleetCell } from '../api/fleet-types.ts';
import type { useText } from '../i18n/language.tsx';
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

/** How far the copies of a cell are behind, in words. */
export function formatLag(
  text: ReturnType<typeof useText>,
  versions: string | null,
  ms: number | null,
): string {
  if (versions === null) return '–';
  return versions === '0'
    ? text('fleet.inStep')
    : text('fleet.lagOf', { count: Number(versions), ms: ms ?? 0 });
}

export const CELL_STATE_BADGES = {
  accepting: ['success', 'cells.accepting'],
  draining: ['warning', 'cells.draining'],
  retired: ['neutral', 'cells.retired'],
} as const satisfies Readonly<Record<FleetCell['state'], readonly [Tone, MessageKey]>>;

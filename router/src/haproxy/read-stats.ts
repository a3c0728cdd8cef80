import type { CellId, Partition } from '@commerce/contracts/ids';
import { parsePartition } from '@commerce/contracts/ids';
import type { CellObservation } from '../data-plane.ts';
import { POSITION_PART } from './cell-rules.ts';

/** Reads what HAProxy tells about itself in text. */

/** The number of the worker that has answered `show info`; undefined where it does not say. */
export function readWorkerPid(info: string): number | undefined {
  const pid = /^Pid: (\d+)$/m.exec(info)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

/** The cells in the answer to `show stat`: both ways to each, added up. */
export function readCellStats(csv: string): readonly CellObservation[] {
  const [heading = '', ...lines] = csv.trim().split('\n');
  const names = heading.replace(/^# /, '').split(',');
  const found = new Map<CellId, { isUp: boolean; inFlight: number; answers: number[] }>();
  for (const line of lines) {
    const row = new Map(line.split(',').map((value, index) => [names[index], value]));
    const [, way, cell] = /^(read|write)\.(.+)$/.exec(row.get('pxname') ?? '') ?? [];
    if (cell === undefined || row.get('svname') !== 'cell') continue;
    const known = found.get(cell as CellId) ?? {
      isUp: true,
      inFlight: 0,
      answers: [0, 0, 0, 0, 0],
    };
    found.set(cell as CellId, known);
    const count = (name: string): number => Number(row.get(name) ?? 0);
    known.inFlight += count('scur') + count('qcur');
    known.answers = known.answers.map((sum, index) => sum + count(`hrsp_${index + 1}xx`));
    if (way === 'read') known.isUp = !/^(?:DOWN|MAINT)/.test(row.get('status') ?? '');
  }
  return [...found].map(([cell, { isUp, inFlight, answers }]) => ({
    cell,
    isUp,
    inFlight,
    answersByClass: answers,
  }));
}

const ENTRY_PATTERN = /key=([a-z0-9-]+)\/\d+ .*gpt0=(\d+) gpt1=(\d+) gpt2=(\d+)/;

/** Positions in the answer to `show table positions`: one of each thread for a partition. */
export function readPositions(text: string): ReadonlyMap<Partition, readonly string[]> {
  const positions = new Map<Partition, string[]>();
  for (const line of text.split('\n')) {
    const [, name = '', epoch, high, low] = ENTRY_PATTERN.exec(line) ?? [];
    const partition = parsePartition(name);
    if (partition === undefined || epoch === '0') continue;
    const version = Number(high) * POSITION_PART + Number(low);
    const known = positions.get(partition);
    if (known === undefined) positions.set(partition, [`${epoch}.${version}`]);
    else known.push(`${epoch}.${version}`);
  }
  return positions;
}

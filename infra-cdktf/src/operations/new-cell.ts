import path from 'node:path';
import type { CellUnit, FleetPlan } from '../fleet/plan.ts';
import { rollSteps } from './cloud-target.ts';
import { cellctlStep, type LocalFleet } from './local-target.ts';
import type { Step } from './steps.ts';

/** Folders of what `synth` and `manifests` wrote. */
export interface WrittenFleet {
  readonly stacks: string;
  readonly manifests: string;
}

const PROGRAM = 'terraform';

/** Applies one stack as it was written. */
export function applySteps(stacks: string, stack: string): readonly Step[] {
  const folder = path.join(stacks, stack);
  const terraform = (says: string, ...words: string[]): Step => ({
    says: `${stack}: ${says}`,
    program: PROGRAM,
    words: [`-chdir=${folder}`, ...words],
  });
  return [
    terraform('reading its state', 'init', '-input=false'),
    terraform('planning', 'plan', '-input=false', '-out=plan.bin'),
    // What was planned and nothing else: a change in between makes it fail.
    terraform('applying the plan', 'apply', '-input=false', 'plan.bin'),
  ];
}

/** Which cell gives a new one its first partitions, and which. */
export interface FirstPartitions {
  readonly donor: string;
  readonly partitions: readonly string[];
}

/**
 * From nothing to a cell that takes new shoppers. The cell is known to nobody until it is ready, and takes nobody
 * until it has partitions.
 * @param first undefined in a new jurisdiction, whose first cell has all of them
 */
export function newCellSteps(
  fleet: FleetPlan,
  cell: CellUnit,
  written: WrittenFleet,
  first: FirstPartitions | undefined,
): readonly Step[] {
  const hub = fleet.routers.find(({ region }) => region.name === cell.hubRegion);
  const cellctl = (says: string, ...words: string[]): Step => ({
    says,
    program: 'npx',
    words: ['cellctl', '--yes', ...words],
  });
  return [
    ...(hub === undefined ? [] : applySteps(written.stacks, hub.names.stack)),
    ...applySteps(written.stacks, cell.names.stack),
    // Copies of the images, the way in of its routers, and the right to ask the directory.
    ...applySteps(written.stacks, fleet.controlPlane.names.stack),
    {
      says: `${cell.id}: filling its vault`,
      program: 'npm',
      words: ['run', 'infra', '--', 'secrets', fleet.environment.name, '--unit', cell.id],
    },
    ...rollSteps(cell, 'cell', path.join(written.manifests, cell.names.stack)),
    cellctl(
      `${cell.id}: making it a member of its realm`,
      ...['cells', 'add', cell.id, '--url', `https://${cell.host}`],
    ),
    ...(first === undefined
      ? []
      : [
          cellctl(`${cell.id}: how much each cell should give it`, 'partitions', 'respread'),
          cellctl(`${cell.id}: taking its first partitions`, ...takeWords(cell.id, first)),
          cellctl(`${cell.id}: keeping them`, 'evacuate', 'complete'),
        ]),
    cellctl(`${cell.id}: looking at it`, 'cells', 'show', cell.id),
  ];
}

function takeWords(cell: string, { donor, partitions }: FirstPartitions): string[] {
  return ['evacuate', 'run', donor, '--to', cell, '--partitions', partitions.join(',')];
}

/** The same on the fleet of this machine, which starts the process itself. */
export function newLocalCellSteps(
  fleet: LocalFleet,
  cell: string,
  first: FirstPartitions,
): readonly Step[] {
  return [
    cellctlStep(fleet, `${cell}: starting it and making it a member`, ['cells', 'add', cell]),
    cellctlStep(fleet, `${cell}: taking its first partitions`, takeWords(cell, first)),
    cellctlStep(fleet, `${cell}: keeping them`, ['evacuate', 'complete']),
    cellctlStep(fleet, `${cell}: looking at it`, ['cells', 'show', cell]),
  ];
}

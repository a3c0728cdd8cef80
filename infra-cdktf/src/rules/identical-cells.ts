import type { CellUnit, FleetPlan } from '../fleet/plan.ts';
import type { SynthesisedStack } from '../stacks/synthesise.ts';
import { textsOf, type Violation } from './stack-json.ts';

/**
 * All in which cells may differ, each replaced by what it is: names, place, addresses, the day of patches. What
 * differs after that is a difference that nobody has declared.
 */
function parameters(cell: CellUnit): readonly (readonly [string, string])[] {
  const { addresses, names } = cell;
  const second = addresses.network.split('.')[1] ?? '';
  const block = String(cell.block * 8);
  return [
    [names.keyVault, '<vault>'],
    [names.backupStorage, '<backups>'],
    [names.auditStorage, '<audit>'],
    [names.mediaStorage, '<media>'],
    [cell.id, '<cell>'],
    [`10.${block}.0.0/13`, '<jurisdiction network>'],
    [`10.${second}.`, '<network>.'],
    [cell.region.name, '<region>'],
    [cell.maintenanceDay, '<day>'],
  ];
}

const JURISDICTION = /(?:^|\.)(?:tags|labels)\.jurisdiction$/;

/** Where the hub's region is named, which is the cell's own or a neighbour's. */
const OF_HUB = /\.virtual_hub_id$/;

/** Keys of which the value follows from the zones of the region. */
const BY_ZONES = /(?:^|\.)(?:zones(?:\.\d+)?|account_replication_type)$/;

/** Compares every cell's stack with the first's. */
export function checkIdenticalCells(
  fleet: FleetPlan,
  stacks: readonly SynthesisedStack[],
): readonly Violation[] {
  const flats = fleet.cells.map((cell) => {
    const json = stacks.find(({ name }) => name === cell.names.stack)?.json ?? '{}';
    return { cell, texts: flatten(cell, json) };
  });
  const [first, ...others] = flats;
  if (first === undefined) return [];
  return others.flatMap(({ cell, texts }) => {
    const paths = new Set([...first.texts.keys(), ...texts.keys()]);
    return [...paths]
      .filter((path) => first.texts.get(path) !== texts.get(path))
      .map((path) => ({
        rule: 'identical cells',
        where: cell.names.stack,
        what: `${path} is ${texts.get(path) ?? 'missing'}, in ${first.cell.id} ${first.texts.get(path) ?? 'missing'}`,
      }));
  });
}

function flatten(cell: CellUnit, json: string): ReadonlyMap<string, string> {
  const replacements = parameters(cell);
  const replace = (path: string, text: string): string => {
    if (JURISDICTION.test(path)) return '<jurisdiction>';
    const plain = OF_HUB.test(path) ? text.replaceAll(cell.hubRegion, '<hub>') : text;
    return replacements.reduce((all, [from, to]) => all.replaceAll(from, to), plain);
  };
  // Numbers and switches count as well as texts.
  const document = JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'number' || typeof value === 'boolean' ? String(value) : value,
  ) as unknown;
  return new Map(
    textsOf(document)
      .filter(([path]) => !BY_ZONES.test(path))
      .map(([path, text]) => [path, replace(path, text)]),
  );
}

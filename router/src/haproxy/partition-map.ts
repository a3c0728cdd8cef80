import { type Partition, partitionAt } from '@commerce/contracts/ids';
import type { RoutingTable } from '../routing-table.ts';
import type { RuntimeSocket } from './runtime-socket.ts';

/** Partition → `cell:epoch`, as HAProxy's map holds it. */
export type PartitionEntries = ReadonlyMap<Partition, string>;

/** The entries of a table. */
export function entriesOf(table: RoutingTable): PartitionEntries {
  const entries = new Map<Partition, string>();
  for (const { realm, placements } of table.placements.values()) {
    for (let slot = 0; slot < placements.length; slot++) {
      const placement = placements[slot];
      if (placement === undefined) continue;
      entries.set(partitionAt(realm, slot), `${placement.primary}:${placement.epoch}`);
    }
  }
  return entries;
}

/** The map as a file, for the next start of HAProxy. */
export function renderMap(entries: PartitionEntries): string {
  let text = '';
  for (const [partition, place] of entries) text += `${partition} ${place}\n`;
  return text;
}

/** What makes one map of another. */
export interface MapChange {
  readonly set: readonly (readonly [Partition, string])[];
  readonly added: readonly (readonly [Partition, string])[];
  readonly removed: readonly Partition[];
}

export function changeOf(from: PartitionEntries, to: PartitionEntries): MapChange {
  const set: (readonly [Partition, string])[] = [];
  const added: (readonly [Partition, string])[] = [];
  for (const entry of to) {
    const known = from.get(entry[0]);
    if (known === undefined) added.push(entry);
    else if (known !== entry[1]) set.push(entry);
  }
  const removed =
    from.size + added.length === to.size
      ? []
      : [...from.keys()].filter((partition) => !to.has(partition));
  return { set, added, removed };
}

/**
 * Single changes are looked for in a list of all entries, so beyond this many a whole new map costs less;
 * it is taken into use in one step.
 */
const SINGLE_CHANGES_MAX = 256;
/** HAProxy takes a command with its lines only as long as it fits its buffer. */
const COMMAND_BYTES_MAX = 12_288;

/**
 * Changes the map of a running HAProxy, without loading it anew.
 * @param from what it holds; undefined where that is not known
 * @throws Error where HAProxy refuses or is not there; the map may then be partly changed
 */
export async function applyMap(
  runtime: RuntimeSocket,
  path: string,
  from: PartitionEntries | undefined,
  to: PartitionEntries,
): Promise<void> {
  if (from === undefined) {
    await replaceMap(runtime, path, to);
    return;
  }
  const { set, added, removed } = changeOf(from, to);
  if (set.length + removed.length > SINGLE_CHANGES_MAX || added.length > SINGLE_CHANGES_MAX) {
    await replaceMap(runtime, path, to);
    return;
  }
  const commands = [
    ...set.map(([partition, place]) => `set map ${path} ${partition} ${place}`),
    ...removed.map((partition) => `del map ${path} ${partition}`),
    ...added.map(([partition, place]) => `add map ${path} ${partition} ${place}`),
  ];
  for (const batch of batchesOf(commands, ';')) await order(runtime, batch);
}

async function replaceMap(runtime: RuntimeSocket, path: string, to: PartitionEntries) {
  const prepared = await runtime.ask(`prepare map ${path}`);
  const version = /version created: (\d+)/i.exec(prepared)?.[1];
  if (version === undefined) throw refusal('prepare map', prepared);
  const lines = [...to].map(([partition, place]) => `${partition} ${place}`);
  for (const batch of batchesOf(lines, '\n')) {
    await order(runtime, `add map @${version} ${path} <<\n${batch}\n`);
  }
  await order(runtime, `commit map @${version} ${path}`);
}

/** Pieces joined by the separator as far as they fit one command. */
function* batchesOf(pieces: readonly string[], separator: string): Generator<string> {
  let batch = '';
  for (const piece of pieces) {
    if (batch !== '' && batch.length + piece.length > COMMAND_BYTES_MAX) {
      yield batch;
      batch = '';
    }
    batch = batch === '' ? piece : `${batch}${separator}${piece}`;
  }
  if (batch !== '') yield batch;
}

/** Sends what is answered with nothing where it is done. */
async function order(runtime: RuntimeSocket, command: string): Promise<void> {
  const answer = (await runtime.ask(command)).trim();
  if (answer !== '') throw refusal(command.slice(0, 40), answer);
}

function refusal(command: string, answer: string): Error {
  return new Error(`HAProxy refused "${command}…": ${answer.trim()}`);
}

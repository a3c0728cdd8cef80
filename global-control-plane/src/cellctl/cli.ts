import { readFileSync } from 'node:fs';
import type { CellDescriptor } from '@commerce/contracts/cells';
import type { EvacuationPlan } from '@commerce/contracts/evacuation-plans';
import { type CellId, parseCellId } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import { createDynamoDirectory } from '@commerce/engines/directory/dynamodb/dynamo-directory';
import { type Clock, systemClock } from '@commerce/service/clock';
import type { Dispatcher } from 'undici';
import {
  type CellControlOf,
  createCellControl,
  createControlAgent,
  createRouterControl,
  type RouterControl,
} from '../modules/evacuation/index.ts';
import { type AuditJournal, createAuditJournal } from './audit-journal.ts';
import type { CellctlConfig } from './config.ts';
import { CliFault } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What every command stands on. */
export interface Cli {
  readonly out: Output;
  readonly config: CellctlConfig;
  readonly clock: Clock;
  readonly directory: Directory;
  readonly agent: Dispatcher;
  readonly serviceKey: Uint8Array;
  readonly cells: CellControlOf;
  readonly routers: readonly RouterControl[];
  readonly audit: AuditJournal;
  /** Name of the operator, for the audit log. */
  readonly operator: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** All cells of the directory; remembered, since the addresses of calls come from it. */
  listCells(): Promise<readonly CellDescriptor[]>;
  /** @throws CliFault `absent` where the directory has none of this name */
  requireCell(name: string): Promise<CellDescriptor>;
  /** @throws CliFault `absent` */
  requirePlan(id: string | undefined): Promise<EvacuationPlan>;
  /** @throws CliFault `refused` where the operator does not confirm */
  confirm(question: string, expected: string): Promise<void>;
  close(): Promise<void>;
}

/** Wraps the work of a command: opens what it needs, and closes it whatever happens. */
export type Use = <Args extends unknown[]>(
  work: (cli: Cli, ...args: Args) => Promise<void>,
) => (...args: Args) => Promise<void>;

export interface CliOptions {
  readonly out: Output;
  readonly config: CellctlConfig;
  readonly operator: string;
  readonly signal: AbortSignal;
  readonly confirm: Cli['confirm'];
}

function readServiceKey(file: string): Uint8Array {
  try {
    return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliFault(
      'usage',
      `the service key ${file} can not be read (${code})`,
      'Name it with --service-key-file, or ask for access to it.',
      { cause },
    );
  }
}

/** Opens what the configuration names; nothing is sent yet. */
export function openCli(options: CliOptions): Cli {
  const { out, config, operator, signal } = options;
  const clock = systemClock;
  const { directoryEndpoint } = config;
  const directory = createDynamoDirectory(
    directoryEndpoint === undefined ? {} : { endpoint: directoryEndpoint },
  );
  const agent = createControlAgent();
  const serviceKey = readServiceKey(config.serviceKeyFile);
  const urlOf = new Map<string, string>(Object.entries(config.cells ?? {}));

  const listCells = async (): Promise<readonly CellDescriptor[]> => {
    const cells = (await directory.listCells()).map(({ cell }) => cell);
    for (const { id, url } of cells) urlOf.set(id, url);
    return cells;
  };

  return {
    out,
    config,
    clock,
    directory,
    agent,
    serviceKey,
    operator,
    signal,
    confirm: options.confirm,
    cells: (cell) =>
      createCellControl({
        cell,
        url: () => urlOf.get(cell),
        caller: 'cellctl',
        serviceKey,
        clock,
        agent,
      }),
    routers: config.routers.map((url) => createRouterControl(url, agent)),
    audit: createAuditJournal({ config, clock, serviceKey, agent, operator }),
    listCells,
    async requireCell(name) {
      const cells = await listCells();
      const found = cells.find(({ id }) => id === name);
      if (found !== undefined) return found;
      throw new CliFault(
        'absent',
        `the directory has no cell "${name}"`,
        `Known are ${cells.map(({ id }) => id).join(', ')}.`,
      );
    },
    async requirePlan(id) {
      const plans = (await directory.listPlans()).map(({ plan }) => plan);
      if (id !== undefined) {
        const named = plans.find((plan) => plan.id === id);
        if (named !== undefined) return named;
        throw new CliFault(
          'absent',
          `there is no evacuation "${id}"`,
          'See cellctl evacuate status.',
        );
      }
      return requireOnly(plans);
    },
    close: async () => {
      directory.close();
      // What a cell that hangs was asked for is of no use any more, and would hold the terminal for a minute.
      await agent.destroy();
    },
  };
}

/** The one evacuation that a command without an id can mean. */
function requireOnly(plans: readonly EvacuationPlan[]): EvacuationPlan {
  const open = plans.filter(({ state }) => state !== 'completed' && state !== 'rolled-back');
  const [only, ...others] = open;
  if (only === undefined)
    throw new CliFault('absent', 'there is no evacuation that is not finished');
  if (others.length === 0) return only;
  throw new CliFault(
    'usage',
    `${open.length} evacuations are not finished`,
    `Name one: ${open.map(({ id, source }) => `${id} (${source})`).join(', ')}.`,
  );
}

/** @throws CliFault `usage` */
export function toCellId(name: string): CellId {
  const id = parseCellId(name);
  if (id !== undefined) return id;
  throw new CliFault('usage', `"${name}" is no name of a cell`, 'Cells are named like eu-de-1.');
}

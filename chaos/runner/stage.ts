import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JournalLine } from '@commerce/load-tests/books/journal';
import { listVariants } from '@commerce/load-tests/harness/variants';
import {
  chooseFleetPort,
  type OwnFleet,
  startWholeFleet,
} from '@commerce/load-tests/harness/whole-fleet';
import type { Stage } from './experiment.ts';
import { type OpenGates, openGates } from './gates.ts';
import { handleParts, type Parts } from './parts.ts';
import { CELLS, SOURCE, TARGET } from './scene.ts';

/** A fleet in the state that a stage asks for, on which experiments follow each other. */
export interface RunningStage {
  readonly fleet: OwnFleet;
  readonly gates: OpenGates;
  readonly parts: Parts;
  readonly variantIds: {
    readonly shoppers: readonly string[];
    readonly witness: readonly string[];
  };
  /** All that shoppers were told on this stage: a later experiment may lose an earlier order. */
  readonly journal: JournalLine[];
  close(): Promise<void>;
}

const PRODUCTS = 200;
/** Distances of ports from the router's, of what lines lead to. */
const TO = { directory: 20, source: 101, target: 102 } as const;

async function openLines(base: number): Promise<OpenGates> {
  return openGates({
    [`anybody to ${SOURCE}`]: base + TO.source,
    [`anybody to ${TARGET}`]: base + TO.target,
    [`${SOURCE} to directory`]: base + TO.directory,
    [`${TARGET} to directory`]: base + TO.directory,
    'router to directory': base + TO.directory,
  });
}

function describeDrill(stage: Stage, gates: OpenGates): object {
  const url = (line: string): string => `http://127.0.0.1:${gates.portOf(line)}`;
  const unfenced = { NODE_ENV: 'test', DRILL_WITHOUT_FENCE: 'true' };
  if (!stage.gates) return stage.withoutFence ? { env: { [`cell ${SOURCE}`]: unfenced } } : {};
  return {
    env: {
      [`cell ${SOURCE}`]: { DIRECTORY_ENDPOINT: url(`${SOURCE} to directory`) },
      [`cell ${TARGET}`]: { DIRECTORY_ENDPOINT: url(`${TARGET} to directory`) },
      router: { DIRECTORY_ENDPOINT: url('router to directory') },
    },
    urls: {
      [SOURCE]: url(`anybody to ${SOURCE}`),
      [TARGET]: url(`anybody to ${TARGET}`),
    },
  };
}

/** Starts a fleet for a stage. It is removed by `close`. */
export async function openStage(stage: Stage): Promise<RunningStage> {
  const port = await chooseFleetPort(CELLS.length);
  const gates = await openLines(port);
  const folder = await mkdtemp(path.join(tmpdir(), 'chaos-'));
  const drillFile = path.join(folder, 'drill.json');
  await writeFile(drillFile, JSON.stringify(describeDrill(stage, gates)));
  const noRestart = stage.noRestart.length === 0 ? [] : ['--no-restart', stage.noRestart.join(',')];
  const fleet = await startWholeFleet({
    cells: CELLS,
    products: PRODUCTS,
    port,
    flags: ['--drill', drillFile, ...noRestart],
  }).catch(async (error: unknown) => {
    await gates.close();
    throw error;
  });
  const parts = handleParts(fleet);
  return {
    fleet,
    gates,
    parts,
    variantIds: {
      shoppers: await listVariants(fleet.routerPort, 'DE'),
      witness: await listVariants(fleet.routerPort, 'US'),
    },
    journal: [],
    async close() {
      parts.tidyUp();
      await gates.close();
      await fleet.remove();
    },
  };
}

import { hostname } from 'node:os';
import type { EvacuationPlan, PlanState } from '@commerce/contracts/evacuation-plans';
import type { CellId } from '@commerce/contracts/ids';
import type { Directory } from '@commerce/engines/directory/directory';
import type { Clock } from '@commerce/service/clock';
import type { Job } from '@commerce/service/jobs';
import type { Logger } from '@commerce/service/logger';
import { createCellControl, createControlAgent } from './cell-control.ts';
import type { CellControlOf } from './ports.ts';
import { type Preview, previewEvacuation, type PreviewRequest } from './preview.ts';
import {
  createPlan,
  type CreateOutcome,
  type PlanRequest,
  wishState,
  type WishOutcome,
} from './requests.ts';
import { runPlan } from './runner.ts';

/** Evacuations as the control plane serves them: to the console, and to plans that lost their runner. */
export interface Evacuations {
  /** The cells, as the control plane calls them. */
  readonly cells: CellControlOf;
  list(): Promise<readonly EvacuationPlan[]>;
  /** Undefined where there is none of this id. */
  find(id: string): Promise<EvacuationPlan | undefined>;
  preview(request: PreviewRequest): Promise<Preview>;
  create(preview: Preview, request: PlanRequest): Promise<CreateOutcome>;
  wish(id: string, state: Parameters<typeof wishState>[2]): Promise<WishOutcome>;
  /** Works at planned evacuations that nobody gives signs of life for. */
  readonly adoption: Job;
  /** Brings what is under way to a point where nothing is fenced; another runner goes on. */
  interrupt(): void;
  close(): Promise<void>;
}

const ADOPT_EVERY_MS = 3_000;
const UNDER_WAY: readonly PlanState[] = ['running', 'rolling-back'];

export function createEvacuations(deps: {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly serviceKey: Uint8Array;
  readonly urlOf: (cell: CellId) => string | undefined;
  readonly log: Logger;
}): Evacuations {
  const { directory, clock, log } = deps;
  const agent = createControlAgent();
  const stopping = new AbortController();
  const cells: CellControlOf = (cell) =>
    createCellControl({
      cell,
      url: () => deps.urlOf(cell),
      caller: 'control-plane',
      serviceKey: deps.serviceKey,
      clock,
      agent,
    });
  const list = async (): Promise<readonly EvacuationPlan[]> =>
    (await directory.listPlans()).map(({ plan }) => plan);

  const adopt = async (): Promise<boolean> => {
    const orphan = (await list()).find(({ state, mode, runner }) => {
      if (mode !== 'planned' && state !== 'rolling-back') return false;
      // A runner that ends takes its name out. One that was killed may have left something fenced,
      // whatever was wished for since.
      const wasKilled = runner !== null && runner.endsAtMs < clock.nowMs();
      return wasKilled || (runner === null && UNDER_WAY.includes(state));
    });
    if (orphan === undefined) return false;
    log.info({ id: orphan.id, code: orphan.state }, 'working at an evacuation without a runner');
    const { outcome, plan } = await runPlan(
      {
        directory,
        cells,
        // Routers learn from the directory, once a second.
        routers: [],
        clock,
        elapsedMs: () => performance.now(),
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        runnerId: `control-plane-${hostname().slice(0, 40)}-${process.pid}`,
      },
      orphan.id,
      stopping.signal,
    );
    log.info(
      { id: orphan.id, code: plan?.state ?? outcome },
      'an evacuation ended or changed hands',
    );
    return false;
  };

  return Object.freeze<Evacuations>({
    cells,
    list,
    find: async (id) => (await directory.readPlan(id))?.plan,
    preview: (request) => previewEvacuation({ directory, cells }, request),
    create: (preview, request) =>
      createPlan({ directory, clock }, preview.realm, request, preview.partitions.length),
    wish: (id, state) => wishState({ directory, clock }, id, state),
    adoption: { name: 'adopt-evacuations', intervalMs: ADOPT_EVERY_MS, run: adopt },
    interrupt: () => stopping.abort(),
    close: () => agent.close(),
  });
}

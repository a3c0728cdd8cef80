import { CELL_STATES, type CellDescriptor, type CellState } from '@commerce/contracts/cells';
import { CellLoad } from '@commerce/contracts/cell-load';
import {
  CellName,
  PARTITION_ROLES,
  type PartitionRole,
  Quarantine,
} from '@commerce/contracts/partition-control';
import { AppError } from '@commerce/contracts/problems';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { Access } from '../../http/access.ts';
import type { CellControlOf } from './ports.ts';
import {
  placementsOf,
  stateIn,
  summariseCell,
  type Survey,
  type SurveyDeps,
  takeSurvey,
} from './survey.ts';

/**
 * The fleet as operators watch it: cells with their load, and the partitions of each. All of it is read
 * from the directory and the cells at the time of the request, and shared by all who look within a second.
 */

const tags = ['cells'];
const security = [{ bearer: [] }];
const SHARED_MS = 1_000;

const Count = Type.Integer({ minimum: 0 });
const Nullable = <Schema extends ReturnType<typeof Type.Number>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const FleetCell = Type.Object({
  id: Type.String(),
  jurisdiction: Type.String(),
  realm: Type.String(),
  country: Type.String(),
  location: Type.String(),
  latitude: Type.Number(),
  longitude: Type.Number(),
  state: Type.Enum(Object.keys(CELL_STATES) as CellState[]),
  weight: Type.Number(),
  answers: Type.Boolean({ description: 'Whether it told its partitions now' }),
  ready: Type.Boolean(),
  primaries: Count,
  standbys: Count,
  fenced: Count,
  unprotected: Type.Integer({
    minimum: 0,
    description: 'Primaries here whose standby does not follow',
  }),
  lagVersionsMax: Type.Union([Type.String(), Type.Null()]),
  lagMsMax: Nullable(Type.Number()),
  disagreeing: Type.Integer({
    minimum: 0,
    description: 'Partitions of which the cell says otherwise than the directory',
  }),
  quarantine: Type.Union([Quarantine, Type.Null()], {
    description: 'Why it answers and only reads',
  }),
  load: Type.Union([CellLoad, Type.Null()]),
});
const Fleet = Type.Object({
  asOf: Type.String({ format: 'date-time' }),
  cells: Type.Array(FleetCell),
  standbys: Type.Array(Type.Object({ from: Type.String(), to: Type.String(), partitions: Count }), {
    description: 'How many partitions of a primary have their standby where',
  }),
});

const CellPartition = Type.Object({
  partition: Type.String(),
  primary: Type.String(),
  standby: Type.Union([Type.String(), Type.Null()]),
  epoch: Type.Integer(),
  role: Type.Union([Type.Enum(Object.keys(PARTITION_ROLES) as PartitionRole[]), Type.Null()], {
    description: 'By the cell’s own word; null where it does not answer',
  }),
  version: Type.Union([Type.String(), Type.Null()]),
  copy: Type.Union([Type.String(), Type.Null()]),
  copyProblem: Type.Union([Type.String(), Type.Null()]),
  lagVersions: Type.Union([Type.String(), Type.Null()]),
});

export interface FleetRoutesDeps extends Omit<SurveyDeps, 'listCells'> {
  readonly cells: CellControlOf;
  readonly descriptors: () => readonly CellDescriptor[];
  readonly access: Access;
  readonly clock: Clock;
}

/** How many partitions of each cell have their standby in which other one. */
function countStandbys(survey: Survey) {
  const counts = new Map<string, { from: string; to: string; partitions: number }>();
  for (const table of survey.tables.values()) {
    for (const { primary, standby } of table.placements) {
      if (standby === undefined) continue;
      const key = `${primary} ${standby}`;
      const known = counts.get(key) ?? { from: primary, to: standby, partitions: 0 };
      known.partitions += 1;
      counts.set(key, known);
    }
  }
  return [...counts.values()];
}

/** Adds `GET /v1/fleet` and `GET /v1/cells/:id/partitions`, for operators. */
export function registerFleetRoutes(app: HttpApp, deps: FleetRoutesDeps): void {
  const { access, clock, cells } = deps;
  let shared: { readonly atMs: number; readonly survey: Promise<Survey> } | undefined;

  const survey = (): Promise<Survey> => {
    const nowMs = clock.nowMs();
    if (shared === undefined || nowMs - shared.atMs >= SHARED_MS) {
      const taken = takeSurvey({ ...deps, listCells: async () => deps.descriptors() });
      shared = { atMs: nowMs, survey: taken };
    }
    return shared.survey;
  };

  const loadOf = (cell: CellDescriptor) =>
    cells(cell.id)
      .load()
      .catch(() => null);

  app.get(
    '/v1/fleet',
    {
      schema: {
        tags,
        security,
        summary: 'The fleet as it is now: cells, their load, partitions and lag',
        response: { 200: Fleet },
      },
    },
    async (request) => {
      await access.requireOperator(request);
      const seen = await survey();
      const loads = await Promise.all(seen.cells.map(loadOf));
      return {
        asOf: clock.now().toISOString(),
        cells: seen.cells.map((cell, index) => {
          const { disagreeing, lagVersionsMax, lagMsMax, ...counts } = summariseCell(seen, cell);
          const { id, jurisdiction, realm, country, location, latitude, longitude } = cell;
          return {
            ...{ id, jurisdiction, realm, country, location, latitude, longitude },
            state: cell.state,
            weight: cell.weight,
            answers: seen.states.get(id) !== undefined,
            ready: seen.ready.get(id) ?? false,
            ...counts,
            lagVersionsMax: lagVersionsMax?.toString() ?? null,
            lagMsMax: lagMsMax ?? null,
            disagreeing: disagreeing.length,
            quarantine: seen.states.get(id)?.quarantine ?? null,
            load: loads[index] ?? null,
          };
        }),
        standbys: countStandbys(seen),
      };
    },
  );

  app.get(
    '/v1/cells/:id/partitions',
    {
      schema: {
        tags,
        security,
        summary: 'Every partition of a cell’s realm, and what the cell is to it',
        params: Type.Object({ id: CellName }),
        response: { 200: Type.Object({ cell: Type.String(), items: Type.Array(CellPartition) }) },
      },
    },
    async (request) => {
      await access.requireOperator(request);
      const seen = await survey();
      const cell = seen.cells.find(({ id }) => id === request.params.id);
      const table = cell === undefined ? undefined : seen.tables.get(cell.realm);
      if (cell === undefined || table === undefined) {
        throw new AppError('not-found', { detail: 'No cell has this id.' });
      }
      return {
        cell: cell.id,
        items: placementsOf(table).map(({ partition, placement }) => {
          const state = stateIn(seen, cell.id, partition);
          return {
            partition,
            primary: placement.primary,
            standby: placement.standby ?? null,
            epoch: placement.epoch,
            role: state?.role ?? null,
            version: state?.version ?? null,
            copy: state?.copy ?? null,
            copyProblem: state?.copyProblem ?? null,
            lagVersions: state?.lagVersions ?? null,
          };
        }),
      };
    },
  );
}

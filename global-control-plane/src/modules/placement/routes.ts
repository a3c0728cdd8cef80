import { partitionAt, parsePartition, type Realm } from '@commerce/contracts/ids';
import type { Placement } from '@commerce/contracts/placements';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import type { PlacementService } from './service.ts';

const tags = ['placements'];

const PlacementView = Type.Object({
  partition: Type.String(),
  primary: Type.String(),
  standby: Type.Union([Type.String(), Type.Null()]),
  epoch: Type.Integer(),
});
const PlacementList = Type.Object({
  realm: Type.String(),
  version: Type.Integer(),
  placements: Type.Array(PlacementView),
});

function toView(partition: string, placement: Placement) {
  const { primary, standby, epoch } = placement;
  return { partition, primary, standby: standby ?? null, epoch };
}

export function registerPlacementRoutes(app: HttpApp, service: PlacementService): void {
  app.get(
    '/v1/placements',
    {
      schema: {
        tags,
        summary: 'All placements of a realm',
        querystring: Type.Object(
          { realm: Type.String({ pattern: '^[a-z][a-z0-9]{1,11}$' }) },
          { additionalProperties: false },
        ),
        response: { 200: PlacementList },
      },
    },
    async (request) => {
      const realm = request.query.realm as Realm;
      const table = await service.tableOf(realm);
      if (table === undefined) {
        throw new AppError('not-found', { field: 'realm', detail: 'No realm has this name.' });
      }
      return {
        realm,
        version: table.version,
        placements: table.placements.map((placement, slot) =>
          toView(partitionAt(realm, slot), placement),
        ),
      };
    },
  );
  app.get(
    '/v1/placements/:partition',
    {
      schema: {
        tags,
        summary: 'Where one partition lives',
        params: Type.Object({ partition: Type.String({ maxLength: 16 }) }),
        response: { 200: PlacementView },
      },
    },
    async (request) => {
      const partition = parsePartition(request.params.partition);
      if (partition === undefined) {
        throw new AppError('invalid-id', { field: 'partition', detail: 'Such as eu-1f3.' });
      }
      const placement = await service.placementOf(partition);
      if (placement === undefined) {
        throw new AppError('not-found', { detail: 'No realm has this partition.' });
      }
      return toView(partition, placement);
    },
  );
}

import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { CellList, CellParams, CellView } from './schema.ts';
import type { CellRegistry } from './service.ts';

const tags = ['cells'];

/** The state of the fleet is open to read: it holds no name of anybody. */
export function registerCellRoutes(app: HttpApp, registry: CellRegistry): void {
  app.get(
    '/v1/cells',
    {
      schema: {
        tags,
        summary: 'All cells, with what was last seen of each',
        response: { 200: CellList },
      },
    },
    () => {
      const { answers, asOf } = registry.source();
      return {
        cells: [...registry.views()],
        directory: answers ? ('answers' as const) : ('unavailable' as const),
        asOf: asOf?.toISOString() ?? null,
      };
    },
  );
  app.get(
    '/v1/cells/:id',
    { schema: { tags, summary: 'One cell', params: CellParams, response: { 200: CellView } } },
    (request) => {
      const found = registry.views().find(({ id }) => id === request.params.id);
      if (found === undefined) throw new AppError('not-found', { detail: 'No cell has this id.' });
      return found;
    },
  );
}

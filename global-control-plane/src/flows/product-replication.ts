import type { ProductDocument } from '@commerce/contracts/catalog';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { idPattern } from '@commerce/contracts/ids';
import { marketsServedBy } from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { type Static, Type } from 'typebox';
import type { Access } from '../http/access.ts';
import type { CatalogFeed, CatalogService } from '../modules/catalog/index.ts';
import type { ProgressReader } from '../modules/cells/index.ts';

const time = Type.String({ format: 'date-time' });
const orNull = <Schema extends Type.TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** Where the latest version of a product is sold from. */
export const ProductReplication = Type.Object({
  productId: Type.String(),
  /** Number of the product's latest change in the feed. */
  seq: Type.Integer(),
  changedAt: time,
  /** Cells that have the latest version, of those that sell in a market of the product. */
  liveIn: Type.Integer(),
  servedBy: Type.Integer(),
  cells: Type.Array(
    Type.Object({
      cell: Type.String(),
      /**
       * `live`: has the latest version. `behind`: has an older one. `unknown`: does not answer.
       * `not-served`: sells in no market that the product has a price in.
       */
      state: Type.Enum(['live', 'behind', 'unknown', 'not-served']),
      appliedSeq: orNull(Type.Integer()),
      /** How old what the cell shows is; 0 while it is up to date. */
      lagMs: orNull(Type.Integer()),
      /** When the cell was asked. */
      asOf: orNull(time),
    }),
  ),
});
export type ProductReplication = Static<typeof ProductReplication>;

/** Whether the cell sells in a market that the product has a price in. */
function isServedBy(cell: CellDescriptor, product: ProductDocument): boolean {
  const served = new Set(marketsServedBy(cell.jurisdiction).map(({ id }) => id));
  return product.variants.some(({ prices }) => prices.some(({ market }) => served.has(market)));
}

export interface ReplicationDeps {
  readonly catalog: CatalogService;
  readonly feed: CatalogFeed;
  readonly progress: ProgressReader;
  readonly cells: () => readonly CellDescriptor[];
  readonly access: Access;
}

async function readReplication(
  deps: ReplicationDeps,
  product: ProductDocument,
): Promise<ProductReplication> {
  const change = await deps.feed.changeOf('product', product.id);
  if (change === undefined) throw new Error(`the product ${product.id} is not in the feed`);
  const cells = await Promise.all(
    deps
      .cells()
      .filter(({ state }) => state !== 'retired')
      .map(async (cell): Promise<ProductReplication['cells'][number]> => {
        const { progress, asOf } = await deps.progress.read(cell);
        const seen = {
          cell: cell.id,
          appliedSeq: progress?.appliedSeq ?? null,
          lagMs: progress?.lagMs ?? null,
          asOf: asOf.toISOString(),
        };
        if (!isServedBy(cell, product)) return { ...seen, state: 'not-served' };
        if (progress === undefined) return { ...seen, state: 'unknown' };
        return { ...seen, state: progress.appliedSeq >= change.seq ? 'live' : 'behind' };
      }),
  );
  return {
    productId: product.id,
    seq: change.seq,
    changedAt: change.changedAt.toISOString(),
    liveIn: cells.filter(({ state }) => state === 'live').length,
    servedBy: cells.filter(({ state }) => state !== 'not-served').length,
    cells,
  };
}

/** Tells a vendor in which cells what they saved is sold from: the catalogue and the cells meet here. */
export function registerReplicationRoutes(app: HttpApp, deps: ReplicationDeps): void {
  app.get(
    '/v1/catalog/products/:id/replication',
    {
      schema: {
        tags: ['catalog'],
        security: [{ bearer: [] }],
        summary: 'In which cells the latest version of a product is live',
        description:
          'The cells are asked while you wait, a second at most. One that does not answer is `unknown`, and counts as not live.',
        params: Type.Object({ id: Type.String({ pattern: idPattern('prd') }) }),
        response: { 200: ProductReplication },
      },
    },
    async (request, reply) => {
      await deps.access.requireUser(request);
      const view = await deps.catalog.findProduct(request.params.id);
      if (view === undefined) {
        throw new AppError('not-found', { detail: 'No product has this id.' });
      }
      await deps.access.requireVendor(request, view.product.vendorId, 'read');
      void reply.header('cache-control', 'no-store');
      return readReplication(deps, view.product);
    },
  );
}

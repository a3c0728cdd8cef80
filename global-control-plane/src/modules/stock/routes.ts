import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import { StockReport } from '@commerce/contracts/stock';
import type { SqlReader } from '@commerce/engines/sql/sql';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import { signalOf, WAIT_MS_MAX } from '../../feeds/long-poll.ts';
import type { Access } from '../../http/access.ts';
import type { StockedVariant, StockService } from './service.ts';
import { StockTotals, StockView } from './view.ts';

const tags = ['stock'];
const security = [{ bearer: [] }];
const UNITS_MAX = 1_000_000_000;
const sku = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$', minLength: 1, maxLength: 64 });
const cell = Type.String({ pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$', maxLength: 60 });
const SkuParams = Type.Object({ id: Type.String({ pattern: idPattern('ven') }), sku });
const Split = Type.Record(
  Type.String({ pattern: '^[a-z][a-z0-9]*(?:-[a-z0-9]+){1,3}$' }),
  Type.Number({ minimum: 0, maximum: 1_000_000 }),
  { maxProperties: 100, additionalProperties: false },
);

const CountBody = Type.Object(
  {
    onHand: Type.Integer({ minimum: 0, maximum: UNITS_MAX }),
    asOf: Type.String({ format: 'date-time' }),
    split: Type.Optional(Type.Union([Split, Type.Null()])),
  },
  { additionalProperties: false },
);
const MovementBody = Type.Object(
  {
    kind: Type.Enum(['received', 'removed']),
    units: Type.Integer({ minimum: 1, maximum: UNITS_MAX }),
    happenedAt: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { additionalProperties: false },
);

export interface StockRoutesDeps {
  readonly stock: StockService;
  readonly access: Access;
  readonly now: () => Date;
  readonly findVariant: (variantId: string) => Promise<StockedVariant | undefined>;
  readonly findVariantBySku: (vendorId: string, sku: string) => Promise<StockedVariant | undefined>;
}

/** Reads a time that the schema took; a leap second or a year beyond Date's is none of ours. */
function readTime(text: string, field: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new AppError('invalid-request', { field, detail: 'It is no time that exists.' });
  }
  return time;
}

const Journal = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.Enum(['count', 'received', 'removed', 'returned-by-cell', 'shipped']),
      delta: Type.Integer(),
      happenedAt: Type.String({ format: 'date-time' }),
      recordedAt: Type.String({ format: 'date-time' }),
      /** Id of the user, of the cell, or `import`. */
      recordedBy: Type.String(),
    }),
  ),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
/** Later than anything that has happened. */
const LATEST = { happenedAt: new Date('9999-12-31T00:00:00Z'), id: '' };

/** @throws AppError `invalid-cursor` */
function readJournalCursor(cursor: string | undefined): { happenedAt: Date; id: string } {
  if (cursor === undefined) return LATEST;
  const [happenedMs, id] = decodeCursor(cursor, ['number', 'string'] as const);
  if (!(Math.abs(happenedMs) <= LATEST.happenedAt.getTime())) {
    throw new AppError('invalid-cursor', { field: 'cursor' });
  }
  return { happenedAt: new Date(happenedMs), id };
}

export function registerStockRoutes(app: HttpApp, deps: StockRoutesDeps): void {
  registerJournalRoute(app, deps);
  registerVendorRoutes(app, deps);
  registerCellRoutes(app, deps);
  registerTotalsRoutes(app, deps);
}

function registerJournalRoute(app: HttpApp, { stock, access, findVariantBySku }: StockRoutesDeps) {
  app.get(
    '/v1/vendors/:id/stock/:sku/movements',
    {
      schema: {
        tags,
        security,
        summary: 'What happened to the units of a SKU, the latest first',
        params: SkuParams,
        querystring: Type.Object(
          {
            cursor: Type.Optional(Type.String({ maxLength: 200 })),
            limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Journal },
      },
    },
    async (request) => {
      const { id } = request.params;
      await access.requireVendor(request, id, 'read');
      const variant = await findVariantBySku(id, request.params.sku);
      if (variant === undefined) {
        throw new AppError('not-found', { field: 'sku', detail: 'The vendor has no such SKU.' });
      }
      const { cursor, limit } = request.query;
      const before = readJournalCursor(cursor);
      const found = await stock.listJournal(variant.variantId, before, limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        items: shown.map((row) => ({
          id: row.id,
          kind: row.kind,
          delta: Number(row.delta),
          happenedAt: row.happened_at.toISOString(),
          recordedAt: row.recorded_at.toISOString(),
          recordedBy: row.recorded_by,
        })),
        nextCursor:
          found.length > limit && last !== undefined
            ? encodeCursor([last.happened_at.getTime(), last.id])
            : null,
      };
    },
  );
}

function registerVendorRoutes(app: HttpApp, deps: StockRoutesDeps): void {
  const { stock, access } = deps;
  const open = async (vendorId: string, wanted: string): Promise<StockedVariant> => {
    const variant = await deps.findVariantBySku(vendorId, wanted);
    if (variant !== undefined) return variant;
    throw new AppError('not-found', { field: 'sku', detail: 'The vendor has no such SKU.' });
  };
  app.put(
    '/v1/vendors/:id/stock/:sku',
    {
      schema: {
        tags,
        security,
        summary: 'Count the units of a SKU, as of a time',
        description:
          'A stocktake: goods that came in or went after the time are added to it. With split the units are shared among cells by these weights from now on.',
        params: SkuParams,
        body: CountBody,
        response: { 200: StockView },
      },
    },
    async (request) => {
      const { id } = request.params;
      const caller = await access.requireVendor(request, id, 'write');
      const { onHand, asOf, split } = request.body;
      const variant = await open(id, request.params.sku);
      return stock.count({ variant, onHand, split }, readTime(asOf, '/asOf'), caller.userId);
    },
  );
  app.post(
    '/v1/vendors/:id/stock/:sku/movements',
    {
      config: { idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Record units that came in or went',
        params: SkuParams,
        body: MovementBody,
        response: { 201: StockView },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const caller = await access.requireVendor(request, id, 'write');
      const { kind, units, happenedAt } = request.body;
      const variant = await open(id, request.params.sku);
      const time = happenedAt === undefined ? deps.now() : readTime(happenedAt, '/happenedAt');
      const { keepAnswer } = request;
      const movement = { variant, kind, units, happenedAt: time };
      const view = await stock.move(movement, caller.userId, async (sql: SqlReader, seen) => {
        await keepAnswer?.(sql, 201, seen);
      });
      void reply.code(201);
      return view;
    },
  );
  app.get(
    '/v1/stock/:variantId',
    {
      schema: {
        tags,
        security,
        summary: 'Stock of a variant, in the warehouse and in each cell',
        params: Type.Object({ variantId: Type.String({ pattern: idPattern('var') }) }),
        response: { 200: StockView },
      },
    },
    async (request) => {
      const caller = await access.identify(request);
      if (caller === undefined) throw new AppError('unauthenticated');
      const variant = await deps.findVariant(request.params.variantId);
      if (variant === undefined) {
        throw new AppError('not-found', { detail: 'No variant has this id.' });
      }
      if (caller.kind === 'user') await access.requireVendor(request, variant.vendorId, 'read');
      return stock.view(variant);
    },
  );
}

function registerCellRoutes(app: HttpApp, { stock, access }: StockRoutesDeps): void {
  app.get(
    '/v1/stock/grants',
    {
      schema: {
        tags,
        security,
        summary: 'Grants and recalls of a cell after a number, the latest of each variant',
        querystring: Type.Object(
          {
            cell,
            after: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
            limit: Type.Integer({ minimum: 1, maximum: 5_000, default: 1_000 }),
            waitMs: Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX, default: 0 }),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { after, ...rest } = request.query;
      await access.requireCell(request, rest.cell);
      const signal = signalOf(reply);
      const text = await stock.readGrantsText({ ...rest, after: BigInt(after), signal });
      return reply.type('application/json; charset=utf-8').send(text);
    },
  );
  app.post(
    '/v1/stock/reports',
    {
      schema: {
        tags,
        security,
        summary: 'What a cell says of its stock; older reports than the last one are ignored',
        body: Type.Object(
          { cell, reports: Type.Array(StockReport, { maxItems: 2_000 }) },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            applied: Type.Integer(),
            ignored: Type.Integer(),
            refused: Type.Array(Type.Object({ variantId: Type.String(), reason: Type.String() })),
          }),
        },
      },
    },
    async (request) => {
      await access.requireCell(request, request.body.cell);
      return stock.takeReports(request.body.cell, request.body.reports);
    },
  );
}

/** The operators' command line, which acts for whoever holds the fleet's service key. */
const COMMAND_LINE = 'cellctl';

function registerTotalsRoutes(app: HttpApp, { stock, access }: StockRoutesDeps): void {
  app.get(
    '/v1/stock/cells',
    {
      schema: {
        tags,
        security,
        summary: 'Stock of all variants together, by cell, with what is stranded or in transit',
        response: { 200: StockTotals },
      },
    },
    async (request) => {
      await access.requireServiceOrOperator(request);
      return stock.totals();
    },
  );
  app.post(
    '/v1/stock/cells/:cell/write-off',
    {
      schema: {
        tags,
        security,
        summary: 'Give the free units of a cell that is gone to the others',
        description:
          'For a cell without partitions. Its account is closed: should it return, it begins with ' +
          'nothing. May be repeated.',
        params: Type.Object({ cell }),
        body: Type.Object({}, { additionalProperties: false }),
        response: {
          200: Type.Object({
            cell: Type.String(),
            generation: Type.Integer(),
            variants: Type.Integer(),
            units: Type.Integer(),
          }),
        },
      },
    },
    async (request) => {
      const caller = await access.requireServiceOrOperator(request);
      if (caller.kind === 'service' && caller.name !== COMMAND_LINE) {
        throw new AppError('forbidden', { detail: 'A cell writes no other off.' });
      }
      return stock.homes.writeOff(request.params.cell);
    },
  );
}

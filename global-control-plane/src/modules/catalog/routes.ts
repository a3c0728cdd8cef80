import {
  CategoryDocument,
  Handle,
  LocalizedText,
  ProductDocument,
  ProductInput,
} from '@commerce/contracts/catalog';
import { idPattern } from '@commerce/contracts/ids';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { decodeCursor, encodeCursor } from '@commerce/service/http/cursor';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Access, UserCaller, VendorRight } from '../../http/access.ts';
import { etagOf, readIfMatch } from '../../http/preconditions.ts';
import type { CatalogService, ProductView } from './service.ts';

const tags = ['catalog'];
const security = [{ bearer: [] }];
const PRODUCT_ID = idPattern('prd');
const ProductParams = Type.Object({ id: Type.String({ pattern: PRODUCT_ID }) });
const ProductPatch = Type.Partial(ProductInput, { additionalProperties: false });
const ProductPage = Type.Object({
  items: Type.Array(ProductDocument),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});
const CategoryInput = Type.Object(
  {
    handle: Handle,
    parent: Type.Union([Handle, Type.Null()]),
    names: LocalizedText,
    position: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
  },
  { additionalProperties: false },
);
const PageQuery = Type.Object(
  {
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
    limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  },
  { additionalProperties: false },
);

/** A product with 800 variants priced in every market; the body of everything else is smaller. */
const PRODUCT_BODY_BYTES_MAX = 4 * 1024 * 1024;

interface Deps {
  readonly catalog: CatalogService;
  readonly access: Access;
}

/** @throws AppError `invalid-cursor` */
function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [id] = decodeCursor(cursor, ['string'] as const);
  if (!new RegExp(PRODUCT_ID).test(id)) throw new AppError('invalid-cursor', { field: 'cursor' });
  return id;
}

/** The product, and the caller's right to it. @throws AppError `not-found`, `forbidden` */
async function openProduct(
  deps: Deps,
  request: FastifyRequest,
  id: string,
  right: VendorRight,
): Promise<{ caller: UserCaller; view: ProductView }> {
  await deps.access.requireUser(request);
  const view = await deps.catalog.findProduct(id);
  if (view === undefined) throw new AppError('not-found', { detail: 'No product has this id.' });
  return { view, caller: await deps.access.requireVendor(request, view.product.vendorId, right) };
}

export function registerCatalogRoutes(app: HttpApp, deps: Deps): void {
  registerProductReads(app, deps);
  registerProductWrites(app, deps);
  registerCategoryRoutes(app, deps);
}

function registerProductReads(app: HttpApp, deps: Deps): void {
  const { catalog, access } = deps;
  app.get(
    '/v1/catalog/products',
    {
      schema: {
        tags,
        security,
        summary: 'The vendor’s own products, newest first',
        querystring: PageQuery,
        response: { 200: ProductPage },
      },
    },
    async (request) => {
      const { vendorId } = await access.requireVendorStaff(request, 'read');
      const { cursor, limit } = request.query;
      // One more than asked for tells whether there is a next page.
      const views = await catalog.listProducts(vendorId, readCursor(cursor), limit + 1);
      const products = views.slice(0, limit).map(({ product }) => product);
      const last = products.at(-1);
      const nextCursor =
        views.length > limit && last !== undefined ? encodeCursor([last.id]) : null;
      return { items: products, nextCursor };
    },
  );
  app.get(
    '/v1/catalog/products/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One product, with its ETag',
        params: ProductParams,
        response: { 200: ProductDocument },
      },
    },
    async (request, reply) => {
      const { view } = await openProduct(deps, request, request.params.id, 'read');
      void reply.header('etag', etagOf(view.version));
      return view.product;
    },
  );
}

function registerProductWrites(app: HttpApp, deps: Deps): void {
  const { catalog, access } = deps;
  const route = {
    bodyLimit: PRODUCT_BODY_BYTES_MAX,
    schema: { tags, security, params: ProductParams, response: { 200: ProductDocument } },
  };
  app.post(
    '/v1/catalog/products',
    {
      bodyLimit: PRODUCT_BODY_BYTES_MAX,
      config: { idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Create a product',
        body: ProductInput,
        response: { 201: ProductDocument },
      },
    },
    async (request, reply) => {
      const { vendorId } = await access.requireVendorStaff(request, 'write');
      const { keepAnswer } = request;
      const created = await catalog.createProduct(vendorId, request.body, async (sql, view) => {
        await keepAnswer?.(sql, 201, view.product, etagOf(view.version));
      });
      void reply.code(201).header('etag', etagOf(created.version));
      return created.product;
    },
  );
  app.put(
    '/v1/catalog/products/:id',
    { ...route, schema: { ...route.schema, summary: 'Replace a product', body: ProductInput } },
    async (request, reply) => {
      const { view } = await openProduct(deps, request, request.params.id, 'write');
      const target = { vendorId: view.product.vendorId, productId: view.product.id };
      const ifMatch = readIfMatch(request.headers['if-match']);
      const edited = await catalog.editProduct(target, ifMatch, () => request.body);
      void reply.header('etag', etagOf(edited.version));
      return edited.product;
    },
  );
  app.patch(
    '/v1/catalog/products/:id',
    {
      ...route,
      schema: { ...route.schema, summary: 'Change some fields of a product', body: ProductPatch },
    },
    async (request, reply) => {
      const { view } = await openProduct(deps, request, request.params.id, 'write');
      const target = { vendorId: view.product.vendorId, productId: view.product.id };
      const ifMatch = readIfMatch(request.headers['if-match']);
      const edited = await catalog.editProduct(target, ifMatch, (present) => ({
        ...present,
        ...request.body,
      }));
      void reply.header('etag', etagOf(edited.version));
      return edited.product;
    },
  );
  app.delete(
    '/v1/catalog/products/:id',
    { ...route, schema: { ...route.schema, summary: 'Archive a product' } },
    async (request, reply) => {
      const { view } = await openProduct(deps, request, request.params.id, 'write');
      const target = { vendorId: view.product.vendorId, productId: view.product.id };
      const ifMatch = readIfMatch(request.headers['if-match']);
      const archived = await catalog.archiveProduct(target, ifMatch);
      void reply.header('etag', etagOf(archived.version));
      return archived.product;
    },
  );
}

function registerCategoryRoutes(app: HttpApp, deps: Deps): void {
  app.get(
    '/v1/catalog/categories',
    {
      schema: {
        tags,
        summary: 'All categories',
        response: { 200: Type.Object({ categories: Type.Array(CategoryDocument) }) },
      },
    },
    async () => ({ categories: await deps.catalog.listCategories() }),
  );
  app.post(
    '/v1/catalog/categories',
    {
      config: { idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Add a category, or change the one with this handle (operators)',
        body: CategoryInput,
        response: { 201: CategoryDocument },
      },
    },
    async (request, reply) => {
      await deps.access.requireOperator(request);
      const { keepAnswer } = request;
      const [category] = await deps.catalog.putCategories([request.body], async (sql, written) => {
        await keepAnswer?.(sql, 201, written[0]);
      });
      void reply.code(201);
      return category as CategoryDocument;
    },
  );
}

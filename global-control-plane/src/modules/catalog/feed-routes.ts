import { market } from '@commerce/contracts/markets';
import { AppError } from '@commerce/contracts/problems';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import { signalOf, WAIT_MS_MAX } from '../../feeds/long-poll.ts';
import type { Access } from '../../http/access.ts';
import type { CatalogFeed } from './feed.ts';

const tags = ['catalog feed'];
const security = [{ bearer: [] }];
const JSON_TYPE = 'application/json; charset=utf-8';
const seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

const FeedQuery = Type.Object(
  {
    after: Type.Optional(seq),
    limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 200 }),
    waitMs: Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX, default: 0 }),
    markets: Type.Optional(Type.String({ maxLength: 1_000 })),
  },
  { additionalProperties: false },
);

/** @throws AppError `invalid-request` where a market is unknown */
function readMarkets(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const ids = text.split(',').map((id) => id.trim());
  for (const id of ids) {
    if (market(id) === undefined) {
      throw new AppError('invalid-request', {
        field: 'markets',
        detail: `There is no market "${id}".`,
      });
    }
  }
  return new Set(ids);
}

export function registerFeedRoutes(
  app: HttpApp,
  deps: { readonly feed: CatalogFeed; readonly access: Access },
): void {
  const { feed, access } = deps;
  app.get(
    '/v1/catalog/changes',
    {
      schema: {
        tags,
        security,
        summary: 'Changes of the master catalogue after a number, in commit order',
        description:
          'Only the latest change of each thing is kept, so after=0 reads everything once. With waitMs the answer waits until there is a change. With markets, prices of products are cut to those.',
        querystring: FeedQuery,
      },
    },
    async (request, reply) => {
      await access.requireServiceOrOperator(request);
      const { after, limit, waitMs, markets } = request.query;
      const text = await feed.readPageText({
        after: BigInt(after ?? 0),
        limit,
        waitMs,
        markets: readMarkets(markets),
        signal: signalOf(reply),
      });
      return reply.type(JSON_TYPE).send(text);
    },
  );
  app.get(
    '/v1/catalog/head',
    {
      schema: {
        tags,
        summary: 'Number of the last change',
        response: { 200: Type.Object({ seq: Type.Integer() }) },
      },
    },
    async () => ({ seq: Number(await feed.headSeq()) }),
  );
  app.get(
    '/v1/catalog/digest',
    {
      schema: {
        tags,
        security,
        summary: 'Digest of a range of changes, to prove that a copy is right',
        querystring: Type.Object({ from: seq, to: seq }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            from: Type.Integer(),
            to: Type.Integer(),
            count: Type.Integer(),
            sha256: Type.String(),
          }),
        },
      },
    },
    async (request) => {
      await access.requireServiceOrOperator(request);
      const { from, to } = request.query;
      if (from > to) {
        throw new AppError('invalid-request', { field: 'from', detail: 'from is beyond to.' });
      }
      return feed.digest(BigInt(from), BigInt(to));
    },
  );
}

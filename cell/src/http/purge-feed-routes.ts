import { randomUUID } from 'node:crypto';
import {
  type CatalogPurges,
  PURGE_FEED_PATH,
  PURGE_LISTS,
} from '@commerce/contracts/catalog-purges';
import type { CellId } from '@commerce/contracts/ids';
import { AppError, Problem } from '@commerce/contracts/problems';
import { verifyRouterCall } from '@commerce/contracts/routed-auth';
import type { Clock } from '@commerce/service/clock';
import type { HttpApp } from '@commerce/service/http/app';
import { Type } from 'typebox';
import { createWaiters } from '../partitions/waiters.ts';

/**
 * Tells routers what of the catalogue has changed, so that they forget the answers that they keep. It is
 * told in the same turn in which the cell's own pages are forgotten; what a router has missed it is told
 * to forget as a whole.
 */
export interface PurgeFeedDeps {
  readonly cell: CellId;
  readonly routedAuthKey: Uint8Array;
  readonly clock: Clock;
  /** Calls back after each committed batch of the catalogue. */
  readonly onCatalogChanged: (
    listener: (changed: {
      readonly productIds: readonly string[];
      readonly vendorIds: readonly string[];
      readonly categories: boolean;
    }) => void,
  ) => void;
  /** Calls back after each commit that changed the free units of variants. */
  readonly onUnitsChanged: (listener: (variantIds: readonly string[]) => void) => void;
  readonly findVariants: (
    variantIds: readonly string[],
  ) => Promise<ReadonlyMap<string, { readonly productId: string }>>;
}

/** Changes that are remembered for routers on their way back; about 100 bytes each. */
const REMEMBERED_MAX = 5_000;
const WAIT_MS_MAX = 20_000;
/** Sales come in bursts, and are told together. */
const GATHER_MS = 20;

interface Purge {
  readonly seq: number;
  readonly keys: readonly string[] | 'all';
}

const PurgeQuery = Type.Object(
  {
    source: Type.Optional(
      Type.String({ maxLength: 64, description: '`source` of the answer before.' }),
    ),
    after: Type.Optional(Type.Integer({ minimum: 0, description: '`seq` of the answer before.' })),
    waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX })),
  },
  { additionalProperties: false },
);
const PurgeAnswer = Type.Object({
  source: Type.String(),
  seq: Type.Integer(),
  keys: Type.Union([Type.Literal('all'), Type.Array(Type.String())]),
});

/** Adds the feed to the cell's app. */
export function registerPurgeFeed(app: HttpApp, deps: PurgeFeedDeps): void {
  const feed = createPurges();
  deps.onCatalogChanged(({ productIds, vendorIds, categories }) => {
    // Names of vendors and categories stand on many pages, and change rarely.
    if (categories || vendorIds.length > 0) feed.note('all');
    else feed.note([...productIds, PURGE_LISTS]);
  });
  deps.onUnitsChanged((variantIds) => {
    deps.findVariants(variantIds).then(
      (variants) => {
        feed.note([...new Set([...variants.values()].map(({ productId }) => productId))]);
      },
      // What can't be found out is forgotten as a whole.
      () => feed.note('all'),
    );
  });
  app.addHook('preClose', (done) => {
    feed.close();
    done();
  });
  app.get(
    PURGE_FEED_PATH,
    {
      schema: {
        tags: ['internal'],
        security: [{ bearer: [] }],
        summary: 'What of the catalogue routers have to forget',
        description: 'Held back until there is news, where `waitMs` says so. For routers alone.',
        querystring: PurgeQuery,
        response: { 200: PurgeAnswer, '4xx': Problem, '5xx': Problem },
      },
    },
    async (request, reply) => {
      requireRouter(request.headers.authorization, deps);
      void reply.header('cache-control', 'no-store');
      const { source, after, waitMs = 0 } = request.query;
      const { keys, ...rest } = await feed.read(source, after, waitMs);
      return { ...rest, keys: keys === 'all' ? ('all' as const) : [...keys] };
    },
  );
}

/** @throws AppError `invalid-token` where no router of the fleet has signed the call */
function requireRouter(
  authorization: string | undefined,
  { cell, routedAuthKey, clock }: PurgeFeedDeps,
): void {
  const proof = /^Router (\S{1,200})$/.exec(authorization ?? '')?.[1];
  const nowS = Math.floor(clock.nowMs() / 1000);
  if (proof !== undefined && verifyRouterCall(proof, cell, routedAuthKey, nowS)) return;
  throw new AppError('invalid-token', { field: 'authorization' });
}

function createPurges() {
  const source = randomUUID();
  const purges: Purge[] = [];
  const waiters = createWaiters();
  let seq = 0;
  let gathering: NodeJS.Timeout | undefined;

  const wake = (): void => {
    gathering = undefined;
    waiters.wakeAll();
  };
  const since = (after: number): CatalogPurges => {
    const first = purges[0]?.seq ?? seq + 1;
    if (after + 1 < first || after > seq) return { source, seq, keys: 'all' };
    const keys = new Set<string>();
    for (const purge of purges.slice(after + 1 - first)) {
      if (purge.keys === 'all') return { source, seq, keys: 'all' };
      for (const key of purge.keys) keys.add(key);
    }
    return { source, seq, keys: [...keys] };
  };

  return {
    note(keys: Purge['keys']): void {
      if (keys.length === 0) return;
      seq += 1;
      purges.push({ seq, keys });
      if (purges.length > REMEMBERED_MAX) purges.shift();
      gathering ??= setTimeout(wake, GATHER_MS);
    },
    async read(
      of: string | undefined,
      after: number | undefined,
      waitMs: number,
    ): Promise<CatalogPurges> {
      if (of !== source || after === undefined) return { source, seq, keys: 'all' };
      if (after === seq && waitMs > 0) await waiters.wait(waitMs);
      return since(after);
    },
    close(): void {
      clearTimeout(gathering);
      wake();
    },
  };
}

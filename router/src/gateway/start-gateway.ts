import type { Logger } from '@commerce/service/logger';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { RoutingTable } from '../routing-table.ts';
import { createApiVersionRules } from './api-versions.ts';
import { type CatalogueCache, createCatalogueCache } from './catalogue-cache.ts';
import { createCoarseAuth } from './coarse-auth.ts';
import { createGateway, type Gateway } from './index.ts';
import { createPurgeFollower } from './purge-follower.ts';
import { createRateLimits } from './rate-limits.ts';
import type { GatewayOptions } from './settings.ts';
import { createWaf } from './waf/inspect.ts';

export interface RunningGateway extends Gateway {
  /** Hears of the catalogue from the cells of this table. */
  follow(table: RoutingTable): void;
  stop(): void;
}

/** Makes the gateway of a router, with its metrics, and hears nothing until it is told of cells. */
export function startGateway(
  options: GatewayOptions,
  deps: {
    readonly registry: Registry;
    readonly routedAuthKey: Uint8Array;
    readonly logger: Logger;
  },
): RunningGateway {
  const { registry } = deps;
  const matches = new Counter({
    name: 'router_waf_matches_total',
    help: 'Requests that a rule of the firewall matched',
    labelNames: ['rule', 'target'],
    registers: [registry],
  });
  const cache =
    options.cacheBytesMax === 0 ? undefined : createCatalogueCache(options.cacheBytesMax);
  if (cache !== undefined) measureCache(registry, cache);
  const follower =
    cache &&
    createPurgeFollower({ cache, key: deps.routedAuthKey, logger: deps.logger, nowMs: Date.now });
  const gateway = createGateway({
    limits: createRateLimits(options.limits),
    auth: createCoarseAuth(),
    versions: createApiVersionRules(options.versions),
    waf: options.wafMode === 'off' ? undefined : createWaf(),
    wafMode: options.wafMode === 'detect' ? 'detect' : 'block',
    cache,
    compresses: options.compresses,
    onWafMatch(rule: string, target: string): void {
      matches.inc({ rule, target });
      deps.logger.warn({ code: `${rule} ${target}` }, 'a rule of the firewall matched');
    },
  });
  let followed: RoutingTable['cells'] | undefined;
  return Object.freeze({
    ...gateway,
    follow(table: RoutingTable): void {
      if (table.cells === followed) return;
      followed = table.cells;
      const cells = [...table.cells.values()].map(({ cell }) => cell);
      follower?.follow(cells.filter(({ state }) => state !== 'retired'));
    },
    stop: () => follower?.stop(),
  });
}

function measureCache(registry: Registry, cache: CatalogueCache): void {
  new Gauge({
    name: 'router_catalogue_cache',
    help: 'The shared cache of the catalogue: hits, misses and purges so far, entries and bytes now',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      for (const [what, value] of Object.entries<number>({ ...cache.counts() }))
        this.set({ what }, value);
    },
  });
}

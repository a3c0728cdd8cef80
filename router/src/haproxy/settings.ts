import { join } from 'node:path';
import type { CellDescriptor } from '@commerce/contracts/cells';
import type { LimitName } from '../gateway/rate-limits.ts';
import type { GatewayOptions } from '../gateway/settings.ts';
import type { WafTarget } from '../gateway/waf/rules.ts';
import type { UpstreamLimits } from '../upstreams.ts';

/** All that HAProxy's configuration is made of, beside the table itself. */
export interface HaproxySettings {
  readonly host: string;
  readonly port: number;
  /** Folder of everything that HAProxy reads and of its sockets; nobody else may look into it. */
  readonly folder: string;
  /** HAProxy takes the secret of HS256 as text, so pins are signed under a text as well. */
  readonly pinSecret: string;
  readonly routedAuthKey: Uint8Array;
  /** Networks whose word on client, country and protocol is believed. */
  readonly trustedNetworks: readonly string[];
  /** ISO 3166-1 alpha-2; undefined where shoppers of unknown country are asked. */
  readonly defaultCountry: string | undefined;
  readonly limits: UpstreamLimits;
  /** The head of a request, and a body that is held, must have come within this, in milliseconds. */
  readonly headTimeoutMs: number;
  readonly gateway: Pick<GatewayOptions, 'limits' | 'wafMode' | 'versions'>;
  /** Entries of the table of seen positions: one for each partition and thread. */
  readonly positionsMax: number;
}

/** What a cell's part of the configuration depends on. */
export type HaproxyCell = Pick<CellDescriptor, 'id' | 'url'>;

/** Where each file of a folder is. */
export interface HaproxyFiles {
  readonly config: string;
  readonly partitions: string;
  readonly ids: string;
  readonly countries: string;
  /** A map of one entry, which says whether the router is drained. */
  readonly state: string;
  readonly runtimeSocket: string;
  readonly masterSocket: string;
  readonly planeSocket: string;
  readonly problem: (status: number) => string;
  /** What is said where a cell takes no more requests: to people, and to programs. */
  readonly fullPage: string;
  readonly fullProblem: string;
  /** The same for who asks too often. */
  readonly limitedPage: (limit: LimitName) => string;
  readonly limitedProblem: (limit: LimitName) => string;
  /** Signs without which no rule of the firewall can match, and the rules for each part of a request. */
  readonly suspicious: string;
  readonly rules: (target: WafTarget) => string;
}

export function filesIn(folder: string): HaproxyFiles {
  const at = (name: string): string => join(folder, name);
  return {
    config: at('haproxy.cfg'),
    partitions: at('partitions.map'),
    ids: at('ids.map'),
    countries: at('countries.lst'),
    state: at('state.map'),
    runtimeSocket: at('runtime.sock'),
    masterSocket: at('master.sock'),
    planeSocket: at('plane.sock'),
    problem: (status) => at(`problem-${status}.http`),
    fullPage: at('full.html'),
    fullProblem: at('full.json'),
    limitedPage: (limit) => at(`limited-${limit}.html`),
    limitedProblem: (limit) => at(`limited-${limit}.json`),
    suspicious: at('suspicious.lst'),
    rules: (target) => at(`rules-${target}.lst`),
  };
}

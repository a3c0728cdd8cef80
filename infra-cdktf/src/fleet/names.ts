import type { Environment } from './environments.ts';

/** Names of what a unit is made of. The cloud limits them: storage to 24 letters and digits, vaults to 24. */
export interface UnitNames {
  /** Name of the stack, `cell-eu-de-1`. */
  readonly stack: string;
  readonly resourceGroup: string;
  /** Resource group of the cluster's machines. */
  readonly nodeResourceGroup: string;
  readonly cluster: string;
  readonly keyVault: string;
  readonly backupStorage: string;
  readonly auditStorage: string;
  readonly mediaStorage: string;
  readonly eventHubs: string;
  readonly redis: string;
  readonly logs: string;
  readonly privateLinkService: string;
  /** For everything that has no rule of its own: `${base}-nat`. */
  readonly base: string;
}

/** What all names that are unique in the whole world begin with. */
const ORGANISATION = 'cmrc';

/** @param kind what the stack is for; the global stack is named by it alone */
export function nameUnit(
  { short }: Environment,
  kind: 'cell' | 'router' | 'global',
  id: string,
): UnitNames {
  const stack = kind === 'global' ? 'global' : `${kind}-${id}`;
  const base = `${ORGANISATION}-${short}-${kind === 'global' ? id : stack}`;
  const dense = `${ORGANISATION}${short}${shorten(kind, id)}`;
  return Object.freeze({
    stack,
    base,
    resourceGroup: `rg-${base}`,
    nodeResourceGroup: `rg-${base}-nodes`,
    cluster: `aks-${base}`,
    keyVault: `kv${dense}`,
    backupStorage: `${dense}bk`,
    auditStorage: `${dense}au`,
    mediaStorage: `${dense}me`,
    eventHubs: `eh-${base}`,
    redis: `redis-${base}`,
    logs: `log-${base}`,
    privateLinkService: `pls-${base}`,
  });
}

/** At most 15 letters and digits, different for every id of a kind. */
function shorten(kind: string, id: string): string {
  if (kind === 'global') return 'control';
  const dense = id.replaceAll('-', '');
  return kind === 'router' ? `r${dense.slice(0, 13)}` : dense;
}

/** Names of what the whole environment shares. */
export function globalNames({ short }: Environment) {
  const base = `${ORGANISATION}-${short}`;
  return Object.freeze({
    resourceGroup: `rg-${base}-control-plane`,
    registry: `${ORGANISATION}${short}images`,
    virtualWan: `vwan-${base}`,
    ddosPlan: `ddos-${base}`,
    frontDoor: `fd-${base}`,
    firewallPolicy: `waf${ORGANISATION}${short}`,
    apiManagement: `apim-${base}`,
    /** Account of the stacks' states; made by hand before everything else. */
    stateStorage: `${ORGANISATION}${short}state`,
    stateResourceGroup: `rg-${base}-state`,
  });
}

/** Name of the hub in a region's router stack. */
export function hubName({ short }: Environment, region: string): string {
  return `hub-${ORGANISATION}-${short}-${region}`;
}

/** Zone of the names by which units call each other; answered inside the private networks alone. */
export function privateZone({ domain }: Environment): string {
  return `internal.${domain}`;
}

/** @param unit id of a cell, region of routers, or `control-plane` */
export function privateHost(environment: Environment, unit: string): string {
  return `${unit}.${privateZone(environment)}`;
}

/** Names that the control plane's cluster answers beside its own: each has a public name at the edge. */
export function controlPlaneHosts(environment: Environment) {
  return Object.freeze({
    partners: privateHost(environment, 'partners'),
    /** Undefined where a real gateway takes payments. */
    payments:
      environment.gatewayUrl === undefined ? privateHost(environment, 'payments') : undefined,
  });
}

/** What people type. */
export function publicHosts({ domain }: Environment) {
  return Object.freeze({
    shop: `www.${domain}`,
    console: `console.${domain}`,
    partners: `api.${domain}`,
    /** Pages of the sandbox gateway, where an environment has it. */
    payments: `pay.${domain}`,
  });
}

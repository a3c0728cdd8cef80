import { loadConfig, readKeyFile } from '@commerce/service/config/load-config';
import { StartupFault } from '@commerce/service/part';
import { countryOf } from '@commerce/contracts/countries';
import { type Static, Type } from 'typebox';
import { DATA_PLANES } from './data-plane.ts';
import { GATEWAY_SETTINGS, type GatewayOptions, readGatewayOptions } from './gateway/settings.ts';
import {
  PLACEMENT_SETTINGS,
  type PlacementOptions,
  readPlacementOptions,
} from './placement/settings.ts';
import { createTrustedPeers, type TrustedPeers } from './trusted-peers.ts';

const port = Type.Integer({ minimum: 0, maximum: 65_535 });

/** Every setting of the router, by its name in the environment. */
export const RouterSettings = Type.Object({
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: port,
  ADMIN_PORT: port,
  /** What carries requests: the router's own server, or a HAProxy that it drives. */
  DATA_PLANE: Type.Union(
    DATA_PLANES.map((name) => Type.Literal(name)),
    { default: 'node' },
  ),
  /** Name or path of HAProxy's program, where it is the data plane. */
  HAPROXY_BINARY: Type.String({ default: 'haproxy', minLength: 1 }),
  /** Base URL of a DynamoDB of one's own; the region's own where it is not set. */
  DIRECTORY_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://' })),
  /** Folder in which the last known table is kept. */
  DATA_DIR: Type.String({ minLength: 1 }),
  /** Country of shoppers of whom nothing better is known. */
  DEFAULT_COUNTRY: Type.Optional(Type.String({ pattern: '^[A-Z]{2}$' })),
  /** Networks whose word on client, country and protocol is believed, joined by commas. */
  TRUSTED_PROXIES: Type.String({ default: '127.0.0.0/8,::1' }),
  /** Port for TLS, with HTTP/2; without it there is none. 0 takes a free one. */
  TLS_PORT: Type.Optional(port),
  TLS_CERTIFICATE_FILE: Type.Optional(Type.String({ minLength: 1 })),
  TLS_KEY_FILE: Type.Optional(Type.String({ minLength: 1 })),
  ...PLACEMENT_SETTINGS,
  ...GATEWAY_SETTINGS,
  ROUTER_PIN_KEY_FILE: Type.String({ minLength: 1 }),
  ROUTED_AUTH_KEY_FILE: Type.String({ minLength: 1 }),
  LOG_LEVEL: Type.Union(
    (['silent', 'error', 'warn', 'info', 'debug'] as const).map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
});

export interface RouterConfig {
  readonly settings: Static<typeof RouterSettings>;
  readonly trustedPeers: TrustedPeers;
  readonly placement: PlacementOptions;
  readonly gateway: GatewayOptions;
  readonly pinKey: Uint8Array;
  readonly routedAuthKey: Uint8Array;
}

/**
 * Reads the router's configuration and keys.
 * @throws StartupFault, one line with its cure, where a setting is missing or wrong
 */
export function readRouterConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): RouterConfig {
  const settings = loadConfig(RouterSettings, environment);
  if (settings.DEFAULT_COUNTRY !== undefined && countryOf(settings.DEFAULT_COUNTRY) === undefined) {
    throw new StartupFault(
      `The setting DEFAULT_COUNTRY names no country: ${settings.DEFAULT_COUNTRY}.`,
      'Give an ISO 3166-1 code of two capital letters, such as DE.',
    );
  }
  return Object.freeze({
    settings,
    trustedPeers: readTrustedPeers(settings.TRUSTED_PROXIES),
    placement: readPlacementOptions(settings),
    gateway: readGatewayOptions(settings),
    pinKey: readKeyFile('ROUTER_PIN_KEY_FILE', settings.ROUTER_PIN_KEY_FILE),
    routedAuthKey: readKeyFile('ROUTED_AUTH_KEY_FILE', settings.ROUTED_AUTH_KEY_FILE),
  });
}

function readTrustedPeers(networks: string): TrustedPeers {
  try {
    return createTrustedPeers(networks.split(','));
  } catch (error) {
    throw new StartupFault(
      `The setting TRUSTED_PROXIES is wrong: ${(error as Error).message}.`,
      'Give addresses or networks joined by commas, such as 127.0.0.0/8,::1.',
    );
  }
}

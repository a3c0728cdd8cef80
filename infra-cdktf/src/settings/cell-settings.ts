import type { CellConfig } from '../../../cell/src/config.ts';
import { privateHost, publicHosts } from '../fleet/names.ts';
import type { CellUnit } from '../fleet/plan.ts';
import { databaseUrl } from './database-url.ts';
import { PORTS } from './ports.ts';
import { DATA_FOLDER, type Setting, secret, unset, value } from './setting.ts';

/** Every setting of a cell. A setting that its schema gains or loses does not compile here until it is. */
export function cellSettings(cell: CellUnit): Readonly<Record<keyof CellConfig, Setting>> {
  const { environment } = cell;
  const hosts = publicHosts(environment);
  return {
    CELL_ID: value(cell.id),
    HOST: value('0.0.0.0'),
    PORT: value(PORTS.service),
    DATABASE_URL: value(databaseUrl('cell')),
    DATABASE_CONNECTIONS_MAX: value(14),
    DIRECTORY_ENDPOINT: unset('DynamoDB itself, by the identity of the pod: no key, no endpoint'),
    CONTROL_PLANE_URL: value(`https://${privateHost(environment, 'control-plane')}`),
    GATEWAY_URL: value(environment.gatewayUrl ?? `https://${hosts.payments}`),
    GATEWAY_PAGE_URL: unset('browsers reach the gateway by the address that cells use'),
    PUBLIC_URL: value(`https://${hosts.shop}`),
    SHOP_ORIGINS: unset('the shop has one origin, that of PUBLIC_URL'),
    DATA_DIR: value(DATA_FOLDER),
    STORES_COUNTRY: value(cell.region.country),
    DRILL_WITHOUT_FENCE: unset('an experiment for one machine, refused in production'),
    // The mesh's sidecar hands requests on from this very machine.
    DIRECT_ACCESS: value('refused'),
    LOG_LEVEL: value('info'),
    ROUTED_AUTH_KEY_FILE: secret('routed-auth'),
    CLAIMS_KEY_FILE: secret('claims'),
    REALM_SIGNING_KEY_FILE: secret('realm-signing'),
    REALM_JWKS_FILE: secret('realm-jwks'),
    SERVICE_KEY_FILE: secret('service'),
    GATEWAY_API_KEY_FILE: secret('gateway-api'),
    GATEWAY_WEBHOOK_KEY_FILE: secret('gateway-webhook'),
  };
}

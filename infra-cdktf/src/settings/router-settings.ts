import { HEADERS } from '@commerce/contracts/headers';
import type { RouterConfig } from '../../../router/src/config.ts';
import { PORTS } from './ports.ts';
import { DATA_FOLDER, type Setting, secret, unset, value } from './setting.ts';

/**
 * Whose word on client and country is believed: the sidecar, and the gateway's pods in the cluster's own
 * network. Nothing else reaches a router, by its network policy.
 */
const TRUSTED_PROXIES = '127.0.0.0/8,::1,192.168.0.0/16';

/** Every setting of the routers; the same in all regions. */
export function routerSettings(): Readonly<Record<keyof RouterConfig['settings'], Setting>> {
  return {
    HOST: value('0.0.0.0'),
    PORT: value(PORTS.service),
    ADMIN_PORT: value(PORTS.admin),
    DIRECTORY_ENDPOINT: unset('DynamoDB itself, by the identity of the pod: no key, no endpoint'),
    DATA_DIR: value(DATA_FOLDER),
    DATA_PLANE: value('node'),
    HAPROXY_BINARY: unset('the other data plane is not in the image'),
    DEFAULT_COUNTRY: unset('the edge knows the country; where it does not, the shopper is asked'),
    TRUSTED_PROXIES: value(TRUSTED_PROXIES),
    TLS_PORT: unset('the mesh’s gateway ends TLS, with the certificate of the vault'),
    TLS_CERTIFICATE_FILE: unset('belongs to TLS_PORT'),
    TLS_KEY_FILE: unset('belongs to TLS_PORT'),
    COUNTRY_HEADER: value(HEADERS.clientCountry),
    COUNTRY_DATABASE: value('bundled'),
    ROUTER_POOL: unset('every router serves every host'),
    ROUTER_NAME: unset('belongs to ROUTER_POOL'),
    ROUTER_POOL_HAND: unset('belongs to ROUTER_POOL'),
    RATE_LIMIT_IP: value('3000/60'),
    RATE_LIMIT_KEY: value('1200/60'),
    RATE_LIMIT_PARTITION: value('60000/60'),
    WAF_MODE: value('block'),
    CACHE_BYTES_MAX: value(64 * 1024 * 1024),
    COMPRESSION: value('on'),
    API_VERSIONS_FILE: unset('the versions that the release itself knows'),
    ROUTER_PIN_KEY_FILE: secret('router-pin'),
    ROUTED_AUTH_KEY_FILE: secret('routed-auth'),
    LOG_LEVEL: value('info'),
  };
}

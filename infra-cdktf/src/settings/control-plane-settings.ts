import type { Config } from '../../../global-control-plane/src/config.ts';
import { publicHosts } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';
import { databaseUrl } from './database-url.ts';
import { PORTS } from './ports.ts';
import { CONFIG_FOLDER, DATA_FOLDER, type Setting, secret, unset, value } from './setting.ts';

/** Every setting of the control plane. */
export function controlPlaneSettings({
  environment,
}: Unit): Readonly<Record<keyof Config, Setting>> {
  return {
    HOST: value('0.0.0.0'),
    PORT: value(PORTS.service),
    DATABASE_URL: value(databaseUrl('control_plane')),
    DIRECTORY_ENDPOINT: unset('DynamoDB itself, by the identity of the pod: no key, no endpoint'),
    PUBLIC_URL: value(`https://${publicHosts(environment).console}`),
    CELLS_FILE: value(`${CONFIG_FOLDER}/cells.json`),
    DATA_DIR: value(DATA_FOLDER),
    DEMO_PRODUCTS: unset('a real catalogue comes from vendors'),
    CATALOG_FILE: unset('a real catalogue comes from vendors'),
    CATALOG_CURRENCY: unset('belongs to CATALOG_FILE'),
    VENDOR_REVIEW: value('true'),
    LOG_LEVEL: value('info'),
    CONTROL_PLANE_SIGNING_KEY_FILE: secret('control-plane-signing'),
    SERVICE_KEY_FILE: secret('service'),
  };
}

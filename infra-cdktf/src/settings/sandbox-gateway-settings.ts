import { publicHosts } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';
import { PORTS } from './ports.ts';
import { DATA_FOLDER, type Setting, secret, value } from './setting.ts';

/** Every setting of the sandbox gateway, which takes payments where nobody takes real ones. */
export function sandboxGatewaySettings({ environment }: Unit): Readonly<Record<string, Setting>> {
  return {
    HOST: value('0.0.0.0'),
    PORT: value(PORTS.service),
    DATA_DIR: value(DATA_FOLDER),
    GATEWAY_API_KEY_FILE: secret('gateway-api'),
    GATEWAY_WEBHOOK_KEY_FILE: secret('gateway-webhook'),
    PUBLIC_GATEWAY_URL: value(`https://${publicHosts(environment).payments}`),
  };
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupFault } from '@commerce/service/part';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRouterConfig } from './config.ts';

let folder: string;
let environment: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'router-config-'));
  const keyFile = join(folder, 'a.key');
  writeFileSync(keyFile, 'ab'.repeat(32));
  environment = {
    PORT: '8080',
    ADMIN_PORT: '8081',
    DATA_DIR: folder,
    ROUTER_PIN_KEY_FILE: keyFile,
    ROUTED_AUTH_KEY_FILE: keyFile,
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

it('needs ports, a folder and two keys, and trusts the loopback interface alone', () => {
  const { settings, trustedPeers, pinKey } = readRouterConfig(environment);
  expect(settings).toMatchObject({ HOST: '127.0.0.1', PORT: 8080, LOG_LEVEL: 'info' });
  expect(settings.DATA_PLANE).toBe('node');
  expect(settings.DEFAULT_COUNTRY).toBeUndefined();
  expect(pinKey).toHaveLength(32);
  const peers = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '10.0.0.1', '::2', undefined];
  expect(peers.map((peer) => trustedPeers.includes(peer))).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

it.each([
  ['ROUTER_PIN_KEY_FILE', '/nowhere/pin.key'],
  ['PORT', 'eighty'],
  ['PORT', ''],
  ['DEFAULT_COUNTRY', 'XX'],
  ['DEFAULT_COUNTRY', 'de'],
  ['TRUSTED_PROXIES', '10.0.0.0/99'],
  ['TRUSTED_PROXIES', 'everyone'],
  ['DIRECTORY_ENDPOINT', 'localhost:8000'],
  ['LOG_LEVEL', 'loud'],
  ['DATA_PLANE', 'nginx'],
])('names the setting %s where it is "%s"', (setting, value) => {
  const read = (): unknown => readRouterConfig({ ...environment, [setting]: value });
  expect(read).toThrow(StartupFault);
  expect(read).toThrow(setting);
});

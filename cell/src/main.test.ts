import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Settings that are enough to be read; nothing listens there. */
const SETTINGS = {
  CELL_ID: 'eu-de-1',
  PORT: '0',
  DATABASE_URL: 'postgres://postgres:x@127.0.0.1:9/cell',
  CONTROL_PLANE_URL: 'http://127.0.0.1:9',
  GATEWAY_URL: 'http://127.0.0.1:9',
  PUBLIC_URL: 'http://127.0.0.1:9',
  DATA_DIR: '/nowhere',
  ROUTED_AUTH_KEY_FILE: '/nowhere/a',
  CLAIMS_KEY_FILE: '/nowhere/b',
  REALM_SIGNING_KEY_FILE: '/nowhere/c',
  REALM_JWKS_FILE: '/nowhere/d',
  SERVICE_KEY_FILE: '/nowhere/e',
  GATEWAY_API_KEY_FILE: '/nowhere/f',
  GATEWAY_WEBHOOK_KEY_FILE: '/nowhere/g',
};

test('a cell in production refuses to run without fences', async () => {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...SETTINGS, NODE_ENV: 'production', DRILL_WITHOUT_FENCE: 'true' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(said).toContain('DRILL_WITHOUT_FENCE is set, and a cell without fences loses orders');
  expect(code).toBe(78);
});

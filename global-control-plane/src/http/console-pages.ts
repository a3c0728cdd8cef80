import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { HttpApp } from '@commerce/service/http/app';
import {
  type BuiltEntry,
  type BuiltFiles,
  readBuiltFiles,
  registerBuiltFiles,
} from '@commerce/service/http/built-files';
import { StartupFault } from '@commerce/service/part';

/** Where a build leaves the console's bundle. */
const BUNDLE = fileURLToPath(new URL('../../console/dist/client/', import.meta.url));
const ENTRY = 'entry-client.tsx';

/**
 * Reads the bundle that `fleet/src/web-build` makes of `global-control-plane/console`.
 * @throws StartupFault where it was never built
 */
export function loadConsole(): BuiltFiles {
  if (!existsSync(BUNDLE)) {
    throw new StartupFault(
      'The console was not built.',
      'Start with "npm start", or build it with "node fleet/src/web-build/main.ts".',
    );
  }
  return readBuiltFiles(BUNDLE);
}

/**
 * What a page may do: run and load what this origin serves, and nothing else. Pictures that are about
 * to be uploaded are shown from memory.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // The page names files of this build: a later build's page has to be asked for.
  'cache-control': 'no-cache',
};

const ICON_ADDRESS = '/console/icon.svg';
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f5c48"/><path d="M9 12.5 16 8l7 4.5v7L16 24l-7-4.5z" fill="none" stroke="#fff" stroke-width="2.2" stroke-linejoin="round"/><circle cx="16" cy="16" r="2.6" fill="#fff"/></svg>`;

function renderShell({ script, styles, needs }: BuiltEntry): string {
  return [
    '<!doctype html>',
    '<html lang="en" data-density="compact">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="robots" content="noindex">',
    '<title>Console</title>',
    `<link rel="icon" type="image/svg+xml" href="${ICON_ADDRESS}">`,
    ...styles.map((href) => `<link rel="stylesheet" href="${href}">`),
    ...needs.map((href) => `<link rel="modulepreload" href="${href}">`),
    `<script type="module" src="${script}"></script>`,
    '</head>',
    '<body>',
    '<div id="root"></div>',
    '<noscript>The console needs JavaScript. The API does not: see <a href="/docs">/docs</a>.</noscript>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** Serves the console: one page at every address below `/console`, which draws itself by the API. */
export function registerConsolePages(app: HttpApp, built: BuiltFiles): void {
  const entry = built.entries[ENTRY];
  if (entry === undefined) throw new Error(`the console's bundle has no ${ENTRY}`);
  const shell = renderShell(entry);
  const etag = `"${createHash('sha256').update(shell).digest('base64url').slice(0, 22)}"`;
  registerBuiltFiles(app, built);
  app.get(ICON_ADDRESS, { schema: { hide: true } }, (_request, reply) =>
    reply
      .header('content-type', 'image/svg+xml')
      .header('cache-control', 'public, max-age=86400')
      .send(ICON),
  );
  for (const url of ['/console', '/console/*']) {
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      void reply.headers({ ...HEADERS, etag });
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.send(shell);
    });
  }
}

import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuiltFiles, readBuiltFiles } from '@commerce/service/http/built-files';
import { StartupFault } from '@commerce/service/part';
import type { CreateStorefront, Storefront } from '../../storefront/contract.ts';

/** The storefront's bundles as a build left them. */
export interface StorefrontBundle {
  readonly storefront: Storefront;
  readonly built: BuiltFiles;
}

const DIST = new URL('../../storefront/dist/', import.meta.url);

/**
 * Loads the bundles that `fleet/src/web-build` makes of `cell/storefront`.
 * @throws StartupFault where they were never built
 */
export async function loadStorefront(): Promise<StorefrontBundle> {
  const server = fileURLToPath(new URL('server/entry-server.js', DIST));
  if (!existsSync(server)) {
    throw new StartupFault(
      'The storefront was not built.',
      'Start with "npm start", or build it with "node fleet/src/web-build/main.ts".',
    );
  }
  const built = readBuiltFiles(fileURLToPath(new URL('client/', DIST)));
  const { createStorefront } = (await import(pathToFileURL(server).href)) as {
    createStorefront: CreateStorefront;
  };
  return { storefront: createStorefront({ entries: built.entries }), built };
}

import path from 'node:path';

/** Something that browsers are sent: a folder of sources that Vite makes a `dist` folder of. */
export interface Site {
  readonly name: string;
  /** Folder of the sources, from the root of the repository. */
  readonly folder: string;
  /** What the browser loads, below the folder; its styles come with it. */
  readonly clientEntries: readonly string[];
  /** What a server loads to make pages; absent where the browser makes them. */
  readonly serverEntry?: string;
  /** Other folders that the bundle takes from. */
  readonly uses: readonly string[];
}

/** Every site of the platform. A new one is one entry here. */
export const SITES: readonly Site[] = [
  {
    name: 'storefront',
    folder: 'cell/storefront',
    clientEntries: ['entry-client.ts', 'service-worker.ts'],
    serverEntry: 'entry-server.tsx',
    uses: ['platform/ui/src'],
  },
  {
    name: 'console',
    folder: 'global-control-plane/console',
    clientEntries: ['entry-client.tsx'],
    uses: ['platform/ui/src', 'platform/contracts/src', 'platform/contracts/data'],
  },
];

/** Where a site's bundles are: `client/` with what browsers load, `server/` with the server's. */
export function distOf(root: string, site: Site): string {
  return path.join(root, site.folder, 'dist');
}

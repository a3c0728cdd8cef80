import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build, type InlineConfig } from 'vite';
import { stampOf } from './fingerprint.ts';
import { distOf, type Site } from './sites.ts';

/** Browsers of the last two years: they know logical properties, layers, nesting and `light-dark()`. */
const BROWSERS = ['chrome123', 'edge123', 'firefox121', 'safari17.5'];

/** Below this the header costs more than compression saves. */
const COMPRESSED_BYTES_MIN = 512;
const COMPRESSED = /\.(?:js|css|svg|json|txt|webmanifest)$/;

function sharedConfig(root: string, site: Site): InlineConfig {
  return {
    root: path.join(root, site.folder),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    css: { devSourcemap: false },
  };
}

function clientConfig(root: string, site: Site, outDir: string): InlineConfig {
  return {
    ...sharedConfig(root, site),
    build: {
      outDir,
      emptyOutDir: true,
      manifest: 'manifest.json',
      target: BROWSERS,
      cssTarget: BROWSERS,
      // Inlined files would need `data:` in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rollupOptions: {
        input: site.clientEntries.map((entry) => path.join(root, site.folder, entry)),
      },
    },
  };
}

function serverConfig(root: string, site: Site, entry: string, outDir: string): InlineConfig {
  return {
    ...sharedConfig(root, site),
    // One file that stands alone, but for the contracts: those read data files beside them.
    ssr: { noExternal: true, external: [] },
    build: {
      ssr: path.join(root, site.folder, entry),
      outDir,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      reportCompressedSize: false,
      rollupOptions: { external: [/^@commerce\/contracts\//] },
    },
  };
}

/** Compresses once, at its best, what is then sent a million times. */
async function compressFolder(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !COMPRESSED.test(entry.name)) continue;
    const file = path.join(entry.parentPath, entry.name);
    const content = await readFile(file);
    if (content.length < COMPRESSED_BYTES_MIN) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    await Promise.all([
      promisify(brotliCompress)(content, { params }).then((bytes) =>
        writeFile(`${file}.br`, bytes),
      ),
      promisify(gzip)(content, { level: 9 }).then((bytes) => writeFile(`${file}.gz`, bytes)),
    ]);
  }
}

/**
 * Builds a site's client and server bundles and puts them in the place of the earlier ones at once:
 * another process sees the old folder or the new one, never half of it.
 * @throws Error of Vite where a source is wrong
 */
export async function buildSite(root: string, site: Site, fingerprint: string): Promise<void> {
  const dist = distOf(root, site);
  const making = path.join(dist, `.making-${process.pid}`);
  await mkdir(making, { recursive: true });
  try {
    await build(clientConfig(root, site, path.join(making, 'client')));
    await compressFolder(path.join(making, 'client'));
    if (site.serverEntry !== undefined) {
      await build(serverConfig(root, site, site.serverEntry, path.join(making, 'server')));
    }
    await replaceBundles(dist, making);
    const stamp = stampOf(fingerprint);
    await writeFile(path.join(dist, stamp.name), stamp.text);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function replaceBundles(dist: string, making: string): Promise<void> {
  const stamp = path.join(dist, stampOf('').name);
  // Gone first, so that an interrupted replacement is never taken for a whole one.
  await rm(stamp, { force: true });
  for (const name of await readdir(making)) {
    const place = path.join(dist, name);
    await rm(place, { recursive: true, force: true });
    await rename(path.join(making, name), place);
  }
}

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { distOf, type Site } from './sites.ts';

/** Written into a finished `dist`, as the last thing. */
const STAMP = 'build.txt';

/** The build itself is part of what decides a bundle. */
const BUILDER = 'fleet/src/web-build';
const NOT_SOURCES = new Set(['dist', 'node_modules']);

async function listSources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(
    entries.map((entry) => {
      const file = path.join(folder, entry.name);
      if (!entry.isDirectory()) return entry.name.includes('.test.') ? [] : [file];
      return NOT_SOURCES.has(entry.name) ? [] : listSources(file);
    }),
  );
  return lists.flat().toSorted();
}

/** Hash of all that a site's bundles are made from: sources, the packages' versions, the build. */
export async function fingerprintOf(root: string, site: Site): Promise<string> {
  const folders = [site.folder, ...site.uses, BUILDER].map((folder) => path.join(root, folder));
  const files = (await Promise.all(folders.map(listSources))).flat();
  files.push(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256');
  for (const [index, content] of (
    await Promise.all(files.map((file) => readFile(file)))
  ).entries()) {
    hash.update(`${path.relative(root, files[index] as string)}\0${content.length}\0`);
    hash.update(content);
  }
  return hash.digest('hex');
}

/** Whether the site's `dist` was made from just these sources. */
export async function isBuilt(root: string, site: Site, fingerprint: string): Promise<boolean> {
  const stamp = await readFile(path.join(distOf(root, site), STAMP), 'utf8').catch(() => '');
  return stamp.trim() === fingerprint;
}

/** Name and content of the file that marks a finished build. */
export function stampOf(fingerprint: string): { readonly name: string; readonly text: string } {
  return { name: STAMP, text: `${fingerprint}\n` };
}

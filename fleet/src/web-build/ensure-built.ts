import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fingerprintOf, isBuilt } from './fingerprint.ts';
import { SITES, type Site } from './sites.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BUILDER = fileURLToPath(new URL('main.ts', import.meta.url));
const OUTPUT_KEPT_CHARACTERS = 4_000;

/** The sites whose bundles are missing or of other sources. */
async function listStale(): Promise<readonly Site[]> {
  const states = await Promise.all(
    SITES.map(async (site) => ({
      site,
      built: await isBuilt(ROOT, site, await fingerprintOf(ROOT, site)),
    })),
  );
  return states.filter(({ built }) => !built).map(({ site }) => site);
}

/**
 * Makes the bundles of all sites what their sources say, building only those that are not so yet.
 * A build is a process of its own: it takes more memory than whoever waits for it shall keep.
 * @param progress told the name of each site before it is built
 * @throws Error with what the build printed where a source is wrong
 */
export async function ensureWebBuilt(progress: (site: string) => void): Promise<void> {
  for (const site of await listStale()) {
    progress(site.name);
    await runBuilder(site);
  }
}

function runBuilder(site: Site): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUILDER, site.name], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-OUTPUT_KEPT_CHARACTERS);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The ${site.name} could not be built.\n${output.trim()}`));
    });
  });
}

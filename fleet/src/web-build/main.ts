import { fileURLToPath } from 'node:url';
import { buildSite } from './build-site.ts';
import { fingerprintOf } from './fingerprint.ts';
import { SITES } from './sites.ts';

/** `node fleet/src/web-build/main.ts [SITE…]`: builds the sites named, or all. */
const root = fileURLToPath(new URL('../../../', import.meta.url));
const wanted = process.argv.slice(2);

for (const site of SITES) {
  if (wanted.length > 0 && !wanted.includes(site.name)) continue;
  await buildSite(root, site, await fingerprintOf(root, site));
}

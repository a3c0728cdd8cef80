import { fileURLToPath } from 'node:url';
import { PLATFORM_SCRIPTS } from '../plan.ts';
import { runFleet } from '../run-fleet.ts';

const fake = fileURLToPath(new URL('./fake-part.ts', import.meta.url));

/** The real fleet, databases, directory and gateway, with small stand-ins for the deployables. */
await runFleet(process.argv.slice(2), {
  ...PLATFORM_SCRIPTS,
  router: fake,
  controlPlane: fake,
  cell: fake,
});

import { runFleet } from './run-fleet.ts';

await runFleet(process.argv.slice(2));

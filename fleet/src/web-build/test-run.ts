import { ensureWebBuilt } from './ensure-built.ts';

/** Before the first test of a run: servers under test send the bundles of today's sources. */
export async function setup(): Promise<void> {
  await ensureWebBuilt(() => undefined);
}

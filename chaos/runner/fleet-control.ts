import type { OwnFleet } from '@commerce/load-tests/harness/whole-fleet';

/** Distance of the control's port from the router's. */
const TO_CONTROL = 2;

/**
 * Asks the launcher of a fleet to end or start one of its parts; answers when it is done. `kill` ends a
 * process without a chance to tidy up and keeps it down, `stop` lets it tidy up, `start` starts what is down.
 * @throws Error where there is no such part, or it does not start
 */
export async function controlPart(
  { routerPort }: Pick<OwnFleet, 'routerPort'>,
  part: string,
  verb: 'kill' | 'stop' | 'start',
): Promise<void> {
  const name = encodeURIComponent(part);
  const url = `http://127.0.0.1:${routerPort + TO_CONTROL}/parts/${name}/${verb}`;
  const answer = await fetch(url, { method: 'POST', headers: { 'x-fleet-control': 'chaos' } });
  if (!answer.ok) throw new Error(`${verb} ${part}: ${answer.status} ${await answer.text()}`);
}

import { request } from 'undici';
import type { Cli } from './cli.ts';
import { CliFault } from './exit-codes.ts';

const TIMEOUT_MS = 90_000;

/**
 * Asks the supervisor of a fleet on this machine. @returns its answer; undefined where there is no
 * supervisor. @throws CliFault `refused` or `unreachable`
 */
export async function askSupervisor(
  cli: Cli,
  method: 'GET' | 'POST',
  path: string,
): Promise<unknown> {
  const { supervisor } = cli.config;
  if (supervisor === undefined) return undefined;
  try {
    const answer = await request(`${supervisor}${path}`, {
      dispatcher: cli.agent,
      method,
      headers: { 'x-fleet-control': 'cellctl' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      bodyTimeout: TIMEOUT_MS,
      headersTimeout: TIMEOUT_MS,
    });
    const body = (await answer.body.json()) as Record<string, string | undefined>;
    if (answer.statusCode < 300) return body;
    throw new CliFault('refused', `the fleet: ${body['detail'] ?? answer.statusCode}`);
  } catch (error) {
    if (error instanceof CliFault) throw error;
    throw new CliFault(
      'unreachable',
      `the fleet does not answer at ${supervisor}`,
      'Start it: npm start',
    );
  }
}

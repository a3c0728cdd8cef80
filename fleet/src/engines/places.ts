import { homedir } from 'node:os';
import path from 'node:path';

/** Where downloads are kept, and where running engines keep their data, logs and process notes. */
export interface EnginePlaces {
  /** Jars, by name and version; shared by every checkout on this machine. */
  readonly cache: string;
  /** What belongs to one set of running engines. */
  readonly state: string;
}

/**
 * The usual places, outside of any checkout. Root's own home is closed to the account that PostgreSQL
 * runs under, so root has them in the machine's cache folder.
 */
export function defaultPlaces(environment: NodeJS.ProcessEnv = process.env): EnginePlaces {
  const root =
    environment['COMMERCE_ENGINES_DIR'] ??
    (process.getuid?.() === 0
      ? '/var/cache/commerce-engines'
      : path.join(
          environment['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
          'commerce-engines',
        ));
  return { cache: path.join(root, 'jars'), state: path.join(root, 'run') };
}

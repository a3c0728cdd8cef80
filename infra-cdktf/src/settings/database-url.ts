import { PORTS } from './ports.ts';
import { KEYS_FOLDER } from './setting.ts';

/**
 * Address of the unit's own CockroachDB. Who connects is told by a certificate, so the address holds no
 * password and may stand in a manifest.
 * @param user of the database, and its name
 */
export function databaseUrl(user: 'cell' | 'control_plane'): string {
  const parameters = new URLSearchParams({
    sslmode: 'verify-full',
    sslrootcert: `${KEYS_FOLDER}/database-ca`,
    sslcert: `${KEYS_FOLDER}/database-client-certificate`,
    sslkey: `${KEYS_FOLDER}/database-client-key`,
  });
  const host = `cockroachdb-public.${DATABASE_NAMESPACE}.svc.cluster.local`;
  return `postgresql://${user}@${host}:${PORTS.database}/${user}?${parameters}`;
}

/** Namespace of what keeps data. */
export const DATABASE_NAMESPACE = 'data';

import path from 'node:path';
import { privateHost } from '../fleet/names.ts';
import type { Unit } from '../fleet/plan.ts';
import { DATABASE_NAMESPACE } from '../settings/database-url.ts';
import type { Step } from './steps.ts';

/** Files that the database's tool writes, by the secrets that they become. */
const FILES: Readonly<Record<string, string>> = {
  'database-ca': 'ca.crt',
  'database-node-certificate': 'node.crt',
  'database-node-key': 'node.key',
  'database-root-certificate': 'client.root.crt',
  'database-root-key': 'client.root.key',
};

/**
 * Certificates of a unit's database, made by the database's own tool in a folder that is removed afterwards, and
 * put into the vault. The authority's key is not kept: who needs another certificate makes a new authority.
 * @param folder new, and closed to everybody else
 */
export function databaseCertificateSteps(unit: Unit, folder: string): readonly Step[] {
  const user = unit.kind === 'cell' ? 'cell' : 'control_plane';
  const flags = [`--certs-dir=${folder}`, `--ca-key=${path.join(folder, 'ca.key')}`];
  const cert = (says: string, ...words: string[]): Step => ({
    says: `${unit.id}: ${says}`,
    program: 'cockroach',
    words: ['cert', ...words, ...flags],
  });
  const files = {
    ...FILES,
    'database-client-certificate': `client.${user}.crt`,
    'database-client-key': `client.${user}.key`,
  };
  return [
    cert('an authority of its own', 'create-ca'),
    cert('for its nodes', 'create-node', ...nodeNames(unit)),
    cert('for set-up and backups', 'create-client', 'root'),
    cert('for the deployable', 'create-client', user),
    ...Object.entries(files).map(([name, file]) => ({
      says: `${unit.id}: writing ${name}`,
      program: 'az',
      words: [
        ...['keyvault', 'secret', 'set', '--vault-name', unit.names.keyVault],
        ...['--name', name, '--file', path.join(folder, file), '--output', 'none'],
      ],
    })),
    { says: `${unit.id}: removing the folder`, program: 'rm', words: ['-r', folder] },
  ];
}

/** Every name by which a node of the database, or of search, is called. */
function nodeNames({ environment, id }: Unit): readonly string[] {
  const services = ['cockroachdb', 'cockroachdb-public', 'opensearch'];
  return [
    'localhost',
    ...services.flatMap((service) => [
      service,
      `${service}.${DATABASE_NAMESPACE}`,
      `*.${service}.${DATABASE_NAMESPACE}`,
      `${service}.${DATABASE_NAMESPACE}.svc.cluster.local`,
      `*.${service}.${DATABASE_NAMESPACE}.svc.cluster.local`,
    ]),
    privateHost(environment, id),
  ];
}

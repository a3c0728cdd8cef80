import { stringify } from 'yaml';
import type { CellUnit } from '../fleet/plan.ts';
import { databaseJob } from '../kubernetes/database-jobs.ts';
import { CERTIFICATES_FOLDER, DATABASE_APP } from '../kubernetes/database.ts';
import { PORTS } from '../settings/ports.ts';
import { credentialsStep } from './cloud-target.ts';
import type { Step } from './steps.ts';

const FLAGS = `--certs-dir=${CERTIFICATES_FOLDER} --host=${DATABASE_APP}-public:${PORTS.database}`;

/** The scaler keeps so many processes while its object says this, and no others. */
const PAUSED = 'autoscaling.keda.sh/paused-replicas';

/** A backup now, beside those that the schedule makes; it ends once the database has it. */
export function backupSteps(cell: CellUnit, name: string): readonly Step[] {
  return [
    credentialsStep(cell),
    ...jobSteps(cell, name, "BACKUP INTO LATEST IN 'external://backups' WITH revision_history;"),
  ];
}

/** When, in the database's words; the newest where nothing is said. */
export interface RestorePoint {
  /** RFC 3339; undefined: the newest. */
  readonly at: string | undefined;
}

/**
 * A restore beside what is there, looked at, and put in its place. The cell serves nobody meanwhile: its partitions
 * are with their standbys, and it comes back quarantined until the directory or a standby confirms its position.
 * Erasures since the backup are done again by the cell, out of the ledger that is kept outside of its database.
 */
export function restoreSteps(cell: CellUnit, name: string, { at }: RestorePoint): readonly Step[] {
  const asOf = at === undefined ? '' : ` AS OF SYSTEM TIME '${at}'`;
  const context = cell.names.cluster;
  const replicas = cell.environment.sizes.replicas.min;
  const ofCell = (...words: string[]): string[] => ['--namespace', 'cell', ...words];
  const kubectl = (says: string, ...words: string[]): Step => ({
    says: `${cell.id}: ${says}`,
    program: 'kubectl',
    words: ['--context', context, ...words],
  });
  const cellctl = (says: string, ...words: string[]): Step => ({
    says: `${cell.id}: ${says}`,
    program: 'npx',
    words: ['cellctl', '--yes', ...words],
    // A cell that is gone has been emptied already.
    allowed: [3],
  });
  return [
    credentialsStep(cell),
    cellctl('sending it no new shoppers', 'cells', 'drain', cell.id),
    cellctl('emptying it to its standbys', 'evacuate', 'run', cell.id, '--reason', 'restore'),
    kubectl('stopping its processes', ...ofCell('annotate', 'scaledobject/cell', `${PAUSED}=0`)),
    kubectl(
      'waiting until they are gone',
      ...ofCell('wait', '--for=delete', 'pod', '--selector=app.kubernetes.io/name=cell'),
      '--timeout=5m',
    ),
    ...jobSteps(
      cell,
      name,
      [
        `RESTORE DATABASE cell FROM LATEST IN 'external://backups'${asOf} WITH new_db_name = 'restored';`,
        'SELECT count(*) AS tables FROM restored.information_schema.tables;',
        'ALTER DATABASE cell RENAME TO replaced;',
        'ALTER DATABASE restored RENAME TO cell;',
        'GRANT ALL ON DATABASE cell TO cell;',
      ].join('\n'),
    ),
    kubectl('starting its processes', ...ofCell('annotate', 'scaledobject/cell', `${PAUSED}-`)),
    kubectl(
      'waiting for its processes',
      ...ofCell('wait', `--for=jsonpath={.status.readyReplicas}=${replicas}`, 'deployment/cell'),
      '--timeout=10m',
    ),
    cellctl('comparing its rows with its standbys', 'verify', '--cell', cell.id, '--repair'),
    cellctl('giving back what it had', 'evacuate', 'rollback'),
    cellctl('sending it new shoppers again', 'cells', 'undrain', cell.id),
  ];
}

/** Runs statements in the cluster, as the database's root; nobody needs its key outside. */
function jobSteps(cell: CellUnit, name: string, statements: string): readonly Step[] {
  const script = [
    'set -euo pipefail',
    `exec /cockroach/cockroach sql ${FLAGS} <<'SQL'`,
    statements,
    'SQL',
  ].join('\n');
  const context = cell.names.cluster;
  return [
    {
      says: `${cell.id}: ${name}`,
      program: 'kubectl',
      words: ['--context', context, 'create', '--filename=-'],
      input: stringify(databaseJob(cell, name, script)),
    },
    {
      says: `${cell.id}: waiting for it`,
      program: 'kubectl',
      words: [
        ...['--context', context, '--namespace', 'data', 'wait'],
        ...['--for=condition=complete', `job/${name}`, '--timeout=4h'],
      ],
    },
  ];
}

import type { IJob } from 'kubernetes-models/batch/v1';
import type { IConfigMap } from 'kubernetes-models/v1';
import type { Unit } from '../fleet/plan.ts';
import { DATABASE_NAMESPACE } from '../settings/database-url.ts';
import { PORTS } from '../settings/ports.ts';
import { CERTIFICATES_FOLDER, DATABASE_APP } from './database.ts';
import { mirroredImage } from './images.ts';
import { CONTAINER_SECURITY, type KubernetesObject, labelsOf, POD_SECURITY } from './objects.ts';
import { secretVolume } from './secret-provider.ts';

const JOB = 'database-job';

/** Where a unit's database is backed up: its own account, by the database's own identity, without a key. */
export function backupAddress({ names }: Unit): string {
  return `azure-blob://database/backups?AUTH=implicit&AZURE_ACCOUNT_NAME=${names.backupStorage}`;
}

/**
 * What makes a new database usable and keeps it backed up. It may be run again at any time: every statement
 * says what there has to be.
 */
export function databaseSetup(unit: Unit): readonly KubernetesObject[] {
  return [setupScript(unit), setupJob(unit)];
}

/** Statements of the set-up. A full backup each day, changes every five minutes, each checked by the database. */
export function setupStatements(unit: Unit): string {
  const user = unit.kind === 'cell' ? 'cell' : 'control_plane';
  const days = unit.environment.sizes.backupRetentionDays;
  return [
    `CREATE DATABASE IF NOT EXISTS ${user};`,
    `CREATE USER IF NOT EXISTS ${user};`,
    `GRANT ALL ON DATABASE ${user} TO ${user};`,
    // A copy in each zone, and none outside the region: every node is in it.
    `ALTER DATABASE ${user} CONFIGURE ZONE USING num_replicas = 3, gc.ttlseconds = 14400;`,
    "SET CLUSTER SETTING sql.defaults.default_transaction_isolation = 'serializable';",
    'SET CLUSTER SETTING kv.rangefeed.enabled = true;',
    'SET CLUSTER SETTING server.shutdown.lease_transfer_iteration.timeout = "30s";',
    'SET CLUSTER SETTING diagnostics.reporting.enabled = false;',
    `CREATE EXTERNAL CONNECTION IF NOT EXISTS backups AS '${backupAddress(unit)}';`,
    "CREATE SCHEDULE IF NOT EXISTS backups FOR BACKUP INTO 'external://backups'",
    "  WITH revision_history RECURRING '*/5 * * * *' FULL BACKUP '@daily'",
    "  WITH SCHEDULE OPTIONS first_run = 'now', on_execution_failure = 'retry',",
    "  on_previous_running = 'wait';",
    `-- Removed after ${days} days by the account's own rule, never by the database.`,
    '',
  ].join('\n');
}

function setupScript(unit: Unit): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'database-setup',
      namespace: DATABASE_NAMESPACE,
      labels: { ...labelsOf(unit, JOB) },
    },
    data: { 'setup.sql': setupStatements(unit) },
  };
}

function setupJob(unit: Unit): IJob {
  const flags = `--certs-dir=${CERTIFICATES_FOLDER} --host=${DATABASE_APP}-public:${PORTS.database}`;
  const script = [
    'set -euo pipefail',
    `/cockroach/cockroach init ${flags} 2>&1 | grep -v "already been initialized" || true`,
    `exec /cockroach/cockroach sql ${flags} --file=/setup/setup.sql`,
  ].join('\n');
  return databaseJob(unit, 'database-setup', script);
}

/** A job that speaks to the database as its root. @param script of bash */
export function databaseJob(unit: Unit, name: string, script: string): IJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: DATABASE_NAMESPACE, labels: { ...labelsOf(unit, JOB) } },
    spec: {
      backoffLimit: 6,
      ttlSecondsAfterFinished: 86_400,
      template: {
        metadata: { labels: { ...labelsOf(unit, JOB), 'azure.workload.identity/use': 'true' } },
        spec: {
          restartPolicy: 'OnFailure',
          serviceAccountName: DATABASE_APP,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          nodeSelector: { 'commerce/pool': 'app' },
          containers: [
            {
              name: JOB,
              image: mirroredImage(unit.environment, 'database'),
              securityContext: CONTAINER_SECURITY,
              command: ['/bin/bash', '-c', script],
              env: [{ name: 'COCKROACH_SKIP_KEY_PERMISSION_CHECK', value: 'true' }],
              resources: {
                requests: { cpu: '100m', memory: '128Mi' },
                limits: { memory: '512Mi' },
              },
              volumeMounts: [
                { name: 'certificates', mountPath: CERTIFICATES_FOLDER, readOnly: true },
                { name: 'setup', mountPath: '/setup', readOnly: true },
              ],
            },
          ],
          volumes: [
            secretVolume('certificates', 'database-certificates'),
            { name: 'setup', configMap: { name: 'database-setup' } },
          ],
        },
      },
    },
  };
}

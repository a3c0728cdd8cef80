import type { Unit } from '../fleet/plan.ts';

/** What the driver of the cloud's vaults mounts; its schema stands in `schemas.ts`. */
export interface SecretProviderClass {
  readonly apiVersion: 'secrets-store.csi.x-k8s.io/v1';
  readonly kind: 'SecretProviderClass';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly provider: 'azure';
    readonly parameters: Readonly<Record<string, string>>;
    readonly secretObjects?: readonly {
      readonly secretName: string;
      readonly type: string;
      readonly data: readonly { readonly objectName: string; readonly key: string }[];
    }[];
  };
}

/** A secret of the vault, and the name of the file that it becomes. */
export interface MountedSecret {
  readonly secret: string;
  readonly file: string;
}

/**
 * Files from the unit's vault, fetched by the pod's own identity: a pod that may not read one does not start.
 * Only files: what is copied into the cluster's own secrets can be read by whoever reads those.
 */
export function secretProvider(
  unit: Unit,
  place: { readonly name: string; readonly namespace: string },
  identity: { readonly clientId: string; readonly tenantId: string },
  secrets: readonly MountedSecret[],
): SecretProviderClass {
  const objects = secrets
    .map(({ secret, file }) =>
      [
        '  - |',
        `    objectName: ${secret}`,
        '    objectType: secret',
        `    objectAlias: ${file}`,
      ].join('\n'),
    )
    .join('\n');
  return {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: place,
    spec: {
      provider: 'azure',
      parameters: {
        usePodIdentity: 'false',
        clientID: identity.clientId,
        tenantId: identity.tenantId,
        keyvaultName: unit.names.keyVault,
        objects: `array:\n${objects}\n`,
      },
    },
  };
}

/** Volume of a pod that holds the files. */
export function secretVolume(name: string, provider: string) {
  return {
    name,
    csi: {
      driver: 'secrets-store.csi.k8s.io',
      readOnly: true,
      volumeAttributes: { secretProviderClass: provider },
    },
  };
}

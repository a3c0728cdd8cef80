import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { Unit } from '../fleet/plan.ts';
import { mirroredImage } from './images.ts';
import { GATEWAY_NAMESPACE } from './network-policies.ts';
import {
  CONTAINER_SECURITY,
  type KubernetesObject,
  labelsOf,
  POD_SECURITY,
  type Release,
  selectorOf,
  workloadAccount,
} from './objects.ts';
import { type SecretProviderClass, secretVolume } from './secret-provider.ts';

/** Name of the cluster's secret that the gateway reads its certificate from. */
export const CERTIFICATE = 'ingress-certificate';
const HOLDER = 'certificate-holder';

/**
 * The certificate for the gateway, out of the vault. The gateway reads certificates from the cluster's secrets
 * and nowhere else, and the vault's driver copies them there while some pod holds them: this is that pod.
 */
export function gatewayCertificate(unit: Unit, release: Release): readonly KubernetesObject[] {
  return [
    workloadAccount(unit, {
      name: HOLDER,
      namespace: GATEWAY_NAMESPACE,
      clientId: release.outputs.gatewayClientId,
    }),
    provider(unit, release),
    holder(unit),
  ];
}

function provider(unit: Unit, { outputs }: Release): SecretProviderClass {
  return {
    apiVersion: 'secrets-store.csi.x-k8s.io/v1',
    kind: 'SecretProviderClass',
    metadata: { name: CERTIFICATE, namespace: GATEWAY_NAMESPACE },
    spec: {
      provider: 'azure',
      secretObjects: [
        {
          secretName: CERTIFICATE,
          type: 'kubernetes.io/tls',
          data: [
            { objectName: 'ingress', key: 'tls.key' },
            { objectName: 'ingress', key: 'tls.crt' },
          ],
        },
      ],
      parameters: {
        usePodIdentity: 'false',
        clientID: outputs.gatewayClientId,
        tenantId: outputs.tenantId,
        keyvaultName: unit.names.keyVault,
        objects: 'array:\n  - |\n    objectName: ingress\n    objectType: secret\n',
      },
    },
  };
}

function holder(unit: Unit): IDeployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: HOLDER, namespace: GATEWAY_NAMESPACE, labels: { ...labelsOf(unit, HOLDER) } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { ...selectorOf(HOLDER) } },
      template: {
        metadata: { labels: { ...labelsOf(unit, HOLDER), 'azure.workload.identity/use': 'true' } },
        spec: {
          serviceAccountName: HOLDER,
          automountServiceAccountToken: false,
          securityContext: POD_SECURITY,
          containers: [
            {
              name: HOLDER,
              image: mirroredImage(unit.environment, 'pause'),
              securityContext: CONTAINER_SECURITY,
              resources: {
                requests: { cpu: '5m', memory: '8Mi' },
                limits: { memory: '16Mi' },
              },
              volumeMounts: [{ name: 'certificate', mountPath: '/certificate', readOnly: true }],
            },
          ],
          volumes: [secretVolume('certificate', CERTIFICATE)],
        },
      },
    },
  };
}

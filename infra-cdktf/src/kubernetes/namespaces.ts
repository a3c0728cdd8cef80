import type { INamespace } from 'kubernetes-models/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';

const MESH_REVISION = 'asm-1-27';

/** A namespace in which nothing runs as root, and nothing speaks before a policy says so. */
export function namespace(name: string, isInMesh: boolean): readonly [INamespace, INetworkPolicy] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: {
          'pod-security.kubernetes.io/enforce': 'restricted',
          'pod-security.kubernetes.io/warn': 'restricted',
          ...(isInMesh && { 'istio.io/rev': MESH_REVISION }),
        },
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'refuse-all', namespace: name },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    },
  ];
}

import {
  DestinationRule,
  Gateway,
  ServiceEntry,
  VirtualService,
} from '@kubernetes-models/istio/networking.istio.io/v1';
import {
  AuthorizationPolicy,
  PeerAuthentication,
} from '@kubernetes-models/istio/security.istio.io/v1';
import { ScaledObject, TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { StorageClass } from 'kubernetes-models/storage.k8s.io/v1';
import { ConfigMap, Namespace, Service, ServiceAccount } from 'kubernetes-models/v1';
import type { KubernetesObject } from './objects.ts';

interface Checked {
  validate(): void;
}
type Kind = new (data: never) => Checked;

/** Schemas of all kinds that are written, as Kubernetes and the add-ons publish them. */
const KINDS: Readonly<Record<string, Kind>> = {
  'v1 ConfigMap': ConfigMap,
  'v1 Namespace': Namespace,
  'v1 Service': Service,
  'v1 ServiceAccount': ServiceAccount,
  'apps/v1 Deployment': Deployment,
  'apps/v1 StatefulSet': StatefulSet,
  'batch/v1 Job': Job,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'storage.k8s.io/v1 StorageClass': StorageClass,
  'keda.sh/v1alpha1 ScaledObject': ScaledObject,
  'keda.sh/v1alpha1 TriggerAuthentication': TriggerAuthentication,
  'networking.istio.io/v1 DestinationRule': DestinationRule,
  'networking.istio.io/v1 Gateway': Gateway,
  'networking.istio.io/v1 ServiceEntry': ServiceEntry,
  'networking.istio.io/v1 VirtualService': VirtualService,
  'security.istio.io/v1 AuthorizationPolicy': AuthorizationPolicy,
  'security.istio.io/v1 PeerAuthentication': PeerAuthentication,
};

/** What a secret provider of the vault's driver has to have; no package brings its schema. */
function checkSecretProvider(object: KubernetesObject): string | undefined {
  const { spec } = object as {
    spec?: { provider?: unknown; parameters?: Record<string, unknown> };
  };
  if (spec?.provider !== 'azure') return 'spec.provider has to be azure';
  for (const key of ['clientID', 'tenantId', 'keyvaultName', 'objects', 'usePodIdentity']) {
    if (typeof spec.parameters?.[key] !== 'string')
      return `spec.parameters.${key} has to be a text`;
  }
  return undefined;
}

/** What is wrong with an object by its schema; undefined where nothing is. */
export function schemaFault(object: KubernetesObject): string | undefined {
  const key = `${object.apiVersion} ${object.kind}`;
  if (key === 'secrets-store.csi.x-k8s.io/v1 SecretProviderClass')
    return checkSecretProvider(object);
  const Model = KINDS[key];
  if (Model === undefined) return `there is no schema for ${key}`;
  try {
    new Model(object as never).validate();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

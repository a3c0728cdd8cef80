import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PORTS } from '../settings/ports.ts';
import { selectorOf } from './objects.ts';

type Spec = NonNullable<INetworkPolicy['spec']>;
type Egress = NonNullable<Spec['egress']>[number];
type Ingress = NonNullable<Spec['ingress']>[number];

/** A port over TCP. */
function tcp(port: number) {
  return { protocol: 'TCP', port } as const;
}

/** Namespace of the mesh's gateway, through which everything from outside comes. */
export const GATEWAY_NAMESPACE = 'aks-istio-ingress';

function pods(name: string, app?: string) {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
    ...(app !== undefined && { podSelector: { matchLabels: { ...selectorOf(app) } } }),
  };
}

const NAMES: Egress = {
  to: [pods('kube-system')],
  ports: [{ protocol: 'UDP', port: 53 }, tcp(53)],
};
const MESH: Egress = {
  to: [pods('aks-istio-system')],
  ports: [tcp(15012)],
};
/** Gateways, the directory, other units, private endpoints: over TLS, to what is no pod. */
const TLS_OUT: Egress = {
  to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['192.168.0.0/16', '169.254.169.254/32'] } }],
  ports: [PORTS.https, PORTS.kafka, PORTS.redis].map(tcp),
};

/** Ports at which the mesh's sidecar and we are asked for metrics. */
const METRICS_PORTS = [PORTS.service, PORTS.admin, 15020];

function metricsOf(ports: readonly number[]): Ingress {
  return {
    from: [pods('kube-system', 'ama-metrics')],
    ports: ports.map(tcp),
  };
}

export interface Allowed {
  readonly namespace: string;
  readonly app: string;
  readonly from: readonly Ingress[];
  readonly to: readonly Egress[];
}

/** A policy that allows what is listed, for the pods of one app. */
function policy({ namespace, app, from, to }: Allowed): INetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: app, namespace },
    spec: {
      podSelector: { matchLabels: { ...selectorOf(app) } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [...from],
      egress: [...to],
    },
  };
}

/** A deployable: called by the gateway alone; calls its database and, over TLS, what is outside. */
export function deployablePolicy(
  app: string,
  options: { readonly hasDatabase: boolean; readonly hasSearch: boolean },
): INetworkPolicy {
  const data: Egress[] = [
    ...(options.hasDatabase
      ? [{ to: [pods('data', 'cockroachdb')], ports: [tcp(PORTS.database)] }]
      : []),
    ...(options.hasSearch
      ? [{ to: [pods('data', 'opensearch')], ports: [tcp(PORTS.search)] }]
      : []),
  ];
  return policy({
    namespace: app,
    app,
    from: [
      {
        from: [pods(GATEWAY_NAMESPACE)],
        ports: [PORTS.service, ...(app === 'router' ? [PORTS.admin] : [])].map(tcp),
      },
      metricsOf(METRICS_PORTS),
    ],
    to: [NAMES, MESH, TLS_OUT, ...data],
  });
}

/** The database: called by the deployable and by its own nodes; calls those and the store of backups. */
export function databasePolicy(deployable: string): INetworkPolicy {
  const nodes = { to: [pods('data', 'cockroachdb')], ports: [tcp(PORTS.database)] };
  return policy({
    namespace: 'data',
    app: 'cockroachdb',
    from: [
      {
        from: [
          pods(deployable, deployable),
          pods('data', 'cockroachdb'),
          pods('data', 'database-job'),
        ],
        ports: [tcp(PORTS.database)],
      },
      metricsOf([PORTS.databaseHttp]),
    ],
    to: [NAMES, nodes, TLS_OUT],
  });
}

/** Jobs that set the database up, and back it up. */
export function databaseJobPolicy(): INetworkPolicy {
  return policy({
    namespace: 'data',
    app: 'database-job',
    from: [],
    to: [NAMES, { to: [pods('data', 'cockroachdb')], ports: [tcp(PORTS.database)] }],
  });
}

/** Search: called by the deployable and by its own nodes; calls those alone. */
export function searchPolicy(deployable: string): INetworkPolicy {
  const transport = tcp(PORTS.searchTransport);
  return policy({
    namespace: 'data',
    app: 'opensearch',
    from: [
      {
        from: [pods(deployable, deployable)],
        ports: [tcp(PORTS.search)],
      },
      { from: [pods('data', 'opensearch')], ports: [transport] },
    ],
    to: [NAMES, { to: [pods('data', 'opensearch')], ports: [transport] }],
  });
}

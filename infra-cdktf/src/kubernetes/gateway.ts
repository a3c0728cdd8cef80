import type {
  IDestinationRule,
  IGateway,
  IServiceEntry,
  IVirtualService,
} from '@kubernetes-models/istio/networking.istio.io/v1';
import type {
  IAuthorizationPolicy,
  IPeerAuthentication,
} from '@kubernetes-models/istio/security.istio.io/v1';
import type { IService } from 'kubernetes-models/v1';
import type { Unit } from '../fleet/plan.ts';
import { PORTS } from '../settings/ports.ts';
import { CERTIFICATE } from './gateway-certificate.ts';
import { GATEWAY_NAMESPACE } from './network-policies.ts';
import { type KubernetesObject, labelsOf } from './objects.ts';

/** Label of the mesh's internal gateway, which the cluster runs for us. */
const GATEWAY_LABEL = { istio: 'aks-istio-ingressgateway-internal' };
/** The mesh's gateway runs as this account. */
const GATEWAY_ACCOUNT = `cluster.local/ns/${GATEWAY_NAMESPACE}/sa/aks-istio-ingressgateway-internal`;

/** A name of the unit and the app that answers it. */
export interface Entrance {
  readonly host: string;
  readonly app: string;
  /** Port that answers `/health/ready`, asked by the edge. */
  readonly healthPort: number;
}

/** A name of the unit that is handed on to a service of the cloud, in the same network. */
export interface Passage {
  readonly host: string;
  readonly name: string;
  /** Namespace of the objects. */
  readonly namespace: string;
  /** The service's own name. */
  readonly to: string;
}

/** The way in: one private address, TLS with the unit's certificate, and mutual TLS from there on. */
export function gatewayObjects(
  unit: Unit,
  entrances: readonly Entrance[],
  passages: readonly Passage[],
): readonly KubernetesObject[] {
  return [
    balancer(unit),
    ...passages.flatMap((passage) => passageObjects(unit, passage)),
    ...entrances.flatMap((entrance) => [
      gateway(unit, { name: entrance.app, namespace: entrance.app, host: entrance.host }),
      route(unit, entrance),
      mutualTls(entrance.app),
      callers(entrance.app),
    ]),
  ];
}

/**
 * The balancer's own service, beside the one that comes with the mesh: its address is part of the plan of
 * addresses, and the edge is let in by a private link.
 */
function balancer(unit: Unit): IService {
  const annotation = (name: string): string => `service.beta.kubernetes.io/azure-${name}`;
  const hasEdge = unit.kind !== 'cell';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'commerce',
      namespace: GATEWAY_NAMESPACE,
      labels: { ...labelsOf(unit, 'gateway') },
      annotations: {
        [annotation('load-balancer-internal')]: 'true',
        [annotation('load-balancer-internal-subnet')]: 'ingress',
        [annotation('load-balancer-ipv4')]: unit.addresses.ingressAddress,
        ...(hasEdge && {
          [annotation('pls-create')]: 'true',
          [annotation('pls-name')]: unit.names.privateLinkService,
          [annotation('pls-resource-group')]: unit.names.nodeResourceGroup,
          [annotation('pls-ip-configuration-subnet')]: 'ingress',
          [annotation('pls-proxy-protocol')]: 'false',
          [annotation('pls-visibility')]: '*',
        }),
      },
    },
    spec: {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      selector: GATEWAY_LABEL,
      ports: [{ name: 'https', port: PORTS.https, targetPort: 443 }],
    },
  };
}

function gateway(
  unit: Unit,
  { name, namespace, host }: Pick<Passage, 'name' | 'namespace' | 'host'>,
): IGateway {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace, labels: { ...labelsOf(unit, name) } },
    spec: {
      selector: GATEWAY_LABEL,
      servers: [
        {
          port: { number: PORTS.https, name: 'https', protocol: 'HTTPS' },
          hosts: [host],
          tls: { mode: 'SIMPLE', credentialName: CERTIFICATE, minProtocolVersion: 'TLSV1_2' },
        },
      ],
    },
  };
}

function route(unit: Unit, { host, app, healthPort }: Entrance): IVirtualService {
  const to = (port: number) => [
    { destination: { host: `${app}.${app}.svc.cluster.local`, port: { number: port } } },
  ];
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: app, namespace: app, labels: { ...labelsOf(unit, app) } },
    spec: {
      hosts: [host],
      gateways: [app],
      http: [
        { match: [{ uri: { exact: '/health/ready' } }], route: to(healthPort) },
        // What may be sent again is decided by routers, who know the request; the mesh sends once.
        { route: to(PORTS.service), retries: { attempts: 0 }, timeout: '30s' },
      ],
    },
  };
}

/** Handed on over TLS, under the name that the service knows itself by. */
function passageObjects(unit: Unit, passage: Passage): readonly KubernetesObject[] {
  const { name, namespace, host, to } = passage;
  const metadata = { name, namespace, labels: { ...labelsOf(unit, name) } };
  const port = PORTS.https;
  const entry: IServiceEntry = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata,
    spec: {
      hosts: [to],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ number: port, name: 'https', protocol: 'HTTPS' }],
    },
  };
  const tls: IDestinationRule = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata,
    spec: { host: to, trafficPolicy: { tls: { mode: 'SIMPLE', sni: to } } },
  };
  const onward: IVirtualService = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata,
    spec: {
      hosts: [host],
      gateways: [name],
      http: [
        {
          route: [{ destination: { host: to, port: { number: port } } }],
          rewrite: { authority: to },
          retries: { attempts: 0 },
          timeout: '30s',
        },
      ],
    },
  };
  return [gateway(unit, passage), entry, tls, onward];
}

function mutualTls(app: string): IPeerAuthentication {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'mutual-tls', namespace: app },
    spec: { mtls: { mode: 'STRICT' } },
  };
}

/** Only the gateway calls, and never for metrics. */
function callers(app: string): IAuthorizationPolicy {
  return {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'callers', namespace: app },
    spec: {
      action: 'ALLOW',
      rules: [
        {
          from: [{ source: { principals: [GATEWAY_ACCOUNT] } }],
          to: [{ operation: { notPaths: ['/metrics'] } }],
        },
      ],
    },
  };
}

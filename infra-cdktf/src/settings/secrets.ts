import { fail } from '../fleet/fault.ts';

/** Who shares a secret: every unit that needs it, those of one jurisdiction, or one unit alone. */
export type SecretScope = 'world' | 'jurisdiction' | 'unit';

/** A secret that is made once, straight into key vaults, and seen by no person and no state file. */
export interface SecretSpec {
  readonly scope: SecretScope;
  /** `hex`: 32 random bytes. `es256`: a private JWK. `jwks`: public parts. `certificates`: of the database. */
  readonly form: 'hex' | 'es256' | 'public-jwk' | 'jwks' | 'certificate';
  readonly holders: readonly ('cell' | 'router' | 'control-plane')[];
  /** Settings that name it are given by this deployable's schema. */
  readonly purpose: string;
}

const SECRETS = {
  'router-pin': {
    scope: 'world',
    form: 'hex',
    holders: ['router'],
    purpose: 'signs pin cookies; a shopper who travels meets other routers',
  },
  'routed-auth': {
    scope: 'world',
    form: 'hex',
    holders: ['router', 'cell'],
    purpose: 'proves to a cell that a request comes from a router',
  },
  claims: {
    scope: 'world',
    form: 'hex',
    holders: ['cell'],
    purpose: 'hashes the names that are unique in the world',
  },
  'realm-signing': {
    scope: 'jurisdiction',
    form: 'es256',
    holders: ['cell'],
    purpose: 'signs access tokens of the realm; never in a vault outside its jurisdiction',
  },
  'realm-public': {
    scope: 'jurisdiction',
    form: 'public-jwk',
    holders: ['cell'],
    purpose: 'public part of the realm’s key, from which the list of all is made',
  },
  'realm-jwks': {
    scope: 'world',
    form: 'jwks',
    holders: ['cell'],
    purpose: 'public keys of every realm',
  },
  service: {
    scope: 'world',
    form: 'hex',
    holders: ['cell', 'control-plane'],
    purpose: 'calls between cells and control plane',
  },
  'gateway-api': {
    scope: 'world',
    form: 'hex',
    holders: ['cell', 'control-plane'],
    purpose: 'account at the payment gateway',
  },
  'gateway-webhook': {
    scope: 'world',
    form: 'hex',
    holders: ['cell', 'control-plane'],
    purpose: 'signatures of the payment gateway',
  },
  'control-plane-signing': {
    scope: 'unit',
    form: 'es256',
    holders: ['control-plane'],
    purpose: 'signs tokens of vendors and operators',
  },
  'database-ca': certificate('the authority of the database, public'),
  'database-node-certificate': certificate('a node of the database'),
  'database-node-key': certificate('a node of the database'),
  'database-client-certificate': certificate('the deployable, at its database'),
  'database-client-key': certificate('the deployable, at its database'),
  'database-root-certificate': certificate('set-up, backup and restore'),
  'database-root-key': certificate('set-up, backup and restore'),
} as const satisfies Readonly<Record<string, SecretSpec>>;

function certificate(purpose: string): SecretSpec {
  return { scope: 'unit', form: 'certificate', holders: ['cell', 'control-plane'], purpose };
}

const byName: Readonly<Record<string, SecretSpec>> = SECRETS;

/** Every secret by its name, as key vaults hold it. */
export function allSecrets(): Readonly<Record<string, SecretSpec>> {
  return byName;
}

/** Names of the secrets that a kind of unit holds, in order. */
export function secretsHeldBy(kind: 'cell' | 'router' | 'control-plane'): readonly string[] {
  return Object.keys(byName)
    .filter((name) => byName[name]?.holders.includes(kind))
    .toSorted();
}

/** @throws InfraFault where no secret has the name */
export function secretSpec(name: string): SecretSpec {
  return (
    byName[name] ??
    fail(`There is no secret "${name}".`, 'Add it to infra-cdktf/src/settings/secrets.ts.')
  );
}

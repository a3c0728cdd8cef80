import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CellLocation, cellLocation } from '@commerce/contracts/cell-locations';
import type { CellDescriptor } from '@commerce/contracts/cells';
import { type DatabasePlan, databaseUrl } from './database-unit.ts';
import type { DataFolder } from './data-folder.ts';
import type { FleetOptions } from './options.ts';
import type { PartPlan } from './part-process.ts';
import type { SecretFiles } from './secrets.ts';

/** Every part of the fleet listens here alone. */
export const HOST = '127.0.0.1';

/** Distances of the ports from the router's. */
const PORT_OFFSETS = {
  admin: 1,
  control: 2,
  controlPlane: 10,
  directory: 20,
  gateway: 30,
  firstCell: 101,
  controlPlaneDatabase: 200,
  firstCellDatabase: 201,
} as const;

/**
 * Limits of Node's heaps, in MiB. Left to itself V8 takes what a machine of this size could give: after
 * the first catalogue it keeps a hundred megabytes that are free in each process. A quarter of
 * the limit is in use under load. A smaller room for young objects would cost a cell a tenth of its
 * time; in the other parts it costs nothing that shows. The gateway's ledger grows with its payments
 * and the router's buffers with its connections, so they have no limit.
 */
const NODE_FLAGS = {
  cell: ['--max-semi-space-size=8', '--max-old-space-size=512'],
  controlPlane: ['--max-semi-space-size=4', '--max-old-space-size=512'],
  other: ['--max-semi-space-size=2'],
} as const;

/** Scripts of the parts, so that the fleet itself can be tested with small ones. */
export interface PartScripts {
  readonly router: string;
  readonly controlPlane: string;
  readonly cell: string;
  readonly directory: string;
  readonly gateway: string;
}

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

export const PLATFORM_SCRIPTS: PartScripts = {
  router: path.join(REPOSITORY, 'router/src/main.ts'),
  controlPlane: path.join(REPOSITORY, 'global-control-plane/src/main.ts'),
  cell: path.join(REPOSITORY, 'cell/src/main.ts'),
  directory: path.join(REPOSITORY, 'fleet/src/directory/main.ts'),
  gateway: path.join(REPOSITORY, 'fleet/src/sandbox-gateway/main.ts'),
};

/** A part with the address that it will have. */
export interface ServicePlan extends PartPlan {
  readonly url: string;
}

export interface FleetPlan {
  readonly databases: readonly DatabasePlan[];
  readonly directory: ServicePlan;
  readonly gateway: ServicePlan;
  readonly controlPlane: ServicePlan;
  readonly cells: readonly ServicePlan[];
  readonly router: ServicePlan;
  readonly routerAdminUrl: string;
  /** Where the fleet itself answers. */
  readonly controlUrl: string;
  /** Content of the control plane's CELLS_FILE. */
  readonly descriptors: readonly CellDescriptor[];
  readonly cellsFile: string;
  /** Every port, with who will listen on it. */
  readonly ports: ReadonlyMap<number, string>;
}

/** Realms of the cells that were asked for. */
export function realmsOf(options: FleetOptions): readonly string[] {
  return [...new Set(options.cells.map((id) => locationOf(id).realm))];
}

/** What the catalogue begins with: a file, the demo, or nothing. */
function catalogSettings({ catalog, products }: FleetOptions): Record<string, string> {
  if (catalog !== undefined) {
    const { file, currency } = catalog;
    return {
      CATALOG_FILE: file,
      ...(currency === undefined ? {} : { CATALOG_CURRENCY: currency }),
    };
  }
  return products === 0 ? {} : { DEMO_PRODUCTS: String(products) };
}

/** Works out ports, addresses and configuration of everything; touches nothing. */
export function planFleet(
  options: FleetOptions,
  folder: DataFolder,
  secrets: SecretFiles,
  scripts: PartScripts = PLATFORM_SCRIPTS,
): FleetPlan {
  const at = (offset: number): number => options.port + offset;
  const cellPorts = options.cells.map((id, index) => ({
    id,
    port: at(PORT_OFFSETS.firstCell + index),
    database: databasePlan(`${id} database`, id, at(PORT_OFFSETS.firstCellDatabase + index)),
  }));
  const controlPlaneDatabase = databasePlan(
    'control plane database',
    'control-plane',
    at(PORT_OFFSETS.controlPlaneDatabase),
  );

  function databasePlan(name: string, owner: string, port: number): DatabasePlan {
    return {
      name,
      database: owner === 'control-plane' ? 'control_plane' : 'cell',
      port,
      dataDir: path.join(folder.databases, owner),
      password: secrets.databasePassword,
      templateDir: path.join(folder.cache, 'postgres-template'),
    };
  }

  function service(
    name: string,
    script: string,
    offset: number,
    dataName: string,
    env: Record<string, string>,
    nodeFlags: readonly string[] = NODE_FLAGS.other,
  ): ServicePlan {
    const port = at(offset);
    const common = { HOST, PORT: String(port), DATA_DIR: folder.part(dataName), LOG_LEVEL: 'info' };
    return {
      name,
      script,
      url: urlOf(port),
      env: { ...common, NODE_ENV: 'production', ...env, ...options.drill.env[name] },
      nodeFlags,
    };
  }

  const urls = {
    DIRECTORY_ENDPOINT: urlOf(at(PORT_OFFSETS.directory)),
    CONTROL_PLANE_URL: urlOf(at(PORT_OFFSETS.controlPlane)),
  };
  const cellsFile = path.join(folder.root, 'cells.json');
  const directory = service(
    'directory',
    scripts.directory,
    PORT_OFFSETS.directory,
    'directory',
    {},
  );
  const gateway = service('sandbox gateway', scripts.gateway, PORT_OFFSETS.gateway, 'gateway', {
    GATEWAY_API_KEY_FILE: secrets.gatewayApiKey,
    GATEWAY_WEBHOOK_KEY_FILE: secrets.gatewayWebhookKey,
  });
  const controlPlane = service(
    'control plane',
    scripts.controlPlane,
    PORT_OFFSETS.controlPlane,
    'control-plane',
    {
      DATABASE_URL: databaseUrl(controlPlaneDatabase),
      DIRECTORY_ENDPOINT: urls.DIRECTORY_ENDPOINT,
      CELLS_FILE: cellsFile,
      CONTROL_PLANE_SIGNING_KEY_FILE: secrets.controlPlaneSigningKey,
      SERVICE_KEY_FILE: secrets.serviceKey,
      ...catalogSettings(options),
    },
    NODE_FLAGS.controlPlane,
  );
  const cells = cellPorts.map(({ id, database }, index) =>
    service(
      `cell ${id}`,
      scripts.cell,
      PORT_OFFSETS.firstCell + index,
      id,
      {
        ...urls,
        CELL_ID: id,
        DATABASE_URL: databaseUrl(database),
        GATEWAY_URL: gateway.url,
        PUBLIC_URL: urlOf(options.port),
        // People type either name.
        SHOP_ORIGINS: `${urlOf(options.port)},http://localhost:${options.port}`,
        ROUTED_AUTH_KEY_FILE: secrets.routedAuthKey,
        CLAIMS_KEY_FILE: secrets.claimsKey,
        REALM_SIGNING_KEY_FILE: secrets.realmSigningKeys.get(locationOf(id).realm) ?? '',
        REALM_JWKS_FILE: secrets.realmJwks,
        SERVICE_KEY_FILE: secrets.serviceKey,
        GATEWAY_API_KEY_FILE: secrets.gatewayApiKey,
        GATEWAY_WEBHOOK_KEY_FILE: secrets.gatewayWebhookKey,
      },
      NODE_FLAGS.cell,
    ),
  );
  const router = service('router', scripts.router, 0, 'router', {
    ...urls,
    ADMIN_PORT: String(at(PORT_OFFSETS.admin)),
    DATA_PLANE: options.dataPlane,
    ROUTER_PIN_KEY_FILE: secrets.routerPinKey,
    ROUTED_AUTH_KEY_FILE: secrets.routedAuthKey,
    ...(options.defaultCountry === undefined ? {} : { DEFAULT_COUNTRY: options.defaultCountry }),
  });
  const databases = [controlPlaneDatabase, ...cellPorts.map(({ database }) => database)];
  const listeners = [router, controlPlane, directory, gateway, ...cells];
  return {
    databases,
    directory,
    gateway,
    controlPlane,
    cells,
    router,
    routerAdminUrl: urlOf(at(PORT_OFFSETS.admin)),
    controlUrl: urlOf(at(PORT_OFFSETS.control)),
    descriptors: cellPorts.map(({ id, port }) =>
      describeCell(id, options.drill.urls[id] ?? urlOf(port)),
    ),
    cellsFile,
    ports: new Map([
      ...listeners.map(({ name, url }) => [Number(new URL(url).port), name] as const),
      [at(PORT_OFFSETS.admin), 'router admin'] as const,
      [at(PORT_OFFSETS.control), 'fleet'] as const,
      ...databases.map(({ name, port }) => [port, name] as const),
    ]),
  };
}

function describeCell(id: string, url: string): CellDescriptor {
  const location = locationOf(id);
  return { ...location, url, state: 'accepting', weight: 100 };
}

function locationOf(id: string): CellLocation {
  const location = cellLocation(id);
  if (location === undefined) throw new RangeError(`the cell ${id} has no location`);
  return location;
}

function urlOf(port: number): string {
  // URL drops a default port, which the parts and the port check must still find.
  return `http://${HOST}:${port}`;
}

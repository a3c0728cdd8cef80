import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import Value from 'typebox/value';
import { CliFault } from './exit-codes.ts';

/**
 * Where things are. The fleet writes it at its start; elsewhere it is a file that the operators keep,
 * and each value can be given by a flag or in the environment instead.
 */
const Url = Type.String({ pattern: '^https?://[^/]+$' });
const ConfigFile = Type.Object(
  {
    /** Undefined: the region's own DynamoDB. */
    directoryEndpoint: Type.Optional(Url),
    serviceKeyFile: Type.String(),
    /** Addresses of the routers for operators. */
    routers: Type.Array(Url, { maxItems: 1_000 }),
    controlPlane: Type.Optional(Url),
    /** Folder for what the tool keeps: audit entries that were not sent yet. */
    stateDir: Type.String(),
    /** Addresses of cells that are not in the directory yet. */
    cells: Type.Optional(Type.Record(Type.String(), Url)),
    /** The supervisor of a fleet on this machine. */
    supervisor: Type.Optional(Url),
  },
  { additionalProperties: false },
);
export type CellctlConfig = Static<typeof ConfigFile>;

export interface ConfigFlags {
  readonly config?: string;
  readonly directory?: string;
  readonly serviceKeyFile?: string;
  readonly router?: readonly string[];
  readonly controlPlane?: string;
}

const DEFAULT_FILE = '.data/cellctl.json';

/**
 * Reads the configuration: flags, then the environment, then the file.
 * @throws CliFault `usage`
 */
export function readConfig(
  flags: ConfigFlags,
  env: Readonly<Record<string, string | undefined>>,
  places: { readonly folder: string; readonly home: string },
): CellctlConfig {
  const named = flags.config ?? env['CELLCTL_CONFIG'];
  const file =
    named === undefined
      ? path.resolve(places.home, DEFAULT_FILE)
      : path.resolve(places.folder, named);
  const kept = readFile(file, named !== undefined);
  const routers = flags.router ?? env['CELLCTL_ROUTERS']?.split(',');
  const given = {
    directoryEndpoint: flags.directory ?? env['CELLCTL_DIRECTORY'],
    serviceKeyFile: flags.serviceKeyFile ?? env['CELLCTL_SERVICE_KEY_FILE'],
    routers,
    controlPlane: flags.controlPlane ?? env['CELLCTL_CONTROL_PLANE'],
  };
  const merged = {
    routers: [],
    stateDir: path.join(path.dirname(file), 'cellctl'),
    ...kept,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  if (Value.Check(ConfigFile, merged)) return merged;
  if (!('serviceKeyFile' in merged)) {
    throw new CliFault(
      'usage',
      `there is no configuration at ${file}`,
      'Start the fleet in this folder (npm start), or name one with --config or CELLCTL_CONFIG.',
    );
  }
  const first = Value.Errors(ConfigFile, merged)[0];
  throw new CliFault(
    'usage',
    `the configuration is wrong at ${first?.instancePath}: it ${first?.message}`,
    `See docs/reference/cellctl.md, and mend ${file}.`,
  );
}

function readFile(file: string, isNamed: boolean): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if (!isNamed) return {};
    const { code } = cause as NodeJS.ErrnoException;
    throw new CliFault('usage', `${file} can not be read (${code})`, 'Name another with --config.');
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new CliFault('usage', `${file} is no JSON`, 'Mend it, or name another with --config.');
  }
}

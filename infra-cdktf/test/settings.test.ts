import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CellConfig } from '../../cell/src/config.ts';
import { ConfigSchema } from '../../global-control-plane/src/config.ts';
import { loadConfig } from '../../platform/service/src/config/load-config.ts';
import { RouterSettings } from '../../router/src/config.ts';
import { allEnvironments } from '../src/fleet/environments.ts';
import { planFleet } from '../src/fleet/plan.ts';
import { looksSecret } from '../src/rules/rights.ts';
import { cellSettings } from '../src/settings/cell-settings.ts';
import { controlPlaneSettings } from '../src/settings/control-plane-settings.ts';
import { routerSettings } from '../src/settings/router-settings.ts';
import { allSecrets, secretSpec, secretsHeldBy } from '../src/settings/secrets.ts';
import { KEYS_FOLDER, type Setting, secretsOf, toEnvironment } from '../src/settings/setting.ts';

interface Deployable {
  readonly name: string;
  readonly kind: 'cell' | 'router' | 'control-plane';
  readonly schema: Parameters<typeof loadConfig>[0];
  readonly settings: Readonly<Record<string, Setting>>;
}

function deployables(): readonly Deployable[] {
  return allEnvironments().flatMap((environment) => {
    const { cells, controlPlane } = planFleet(environment);
    return [
      ...cells.map((cell) => ({
        name: `${environment.name} ${cell.id}`,
        kind: 'cell' as const,
        schema: CellConfig,
        settings: cellSettings(cell),
      })),
      {
        name: `${environment.name} control plane`,
        kind: 'control-plane' as const,
        schema: ConfigSchema,
        settings: controlPlaneSettings(controlPlane),
      },
      {
        name: `${environment.name} routers`,
        kind: 'router' as const,
        schema: RouterSettings,
        settings: routerSettings(),
      },
    ];
  });
}

/**
 * A deployable gained or lost a setting: say in `infra-cdktf/src/settings` what it is in the cloud, or why it
 * is left to its default.
 */
test('every setting of every deployable is set, or left out for a reason, and no other', () => {
  for (const { name, schema, settings } of deployables()) {
    expect(Object.keys(settings).toSorted(), name).toEqual(
      Object.keys(schema.properties).toSorted(),
    );
  }
});

test('the deployables accept what they are given', () => {
  for (const { name, schema, settings } of deployables()) {
    expect(() => loadConfig(schema, toEnvironment(settings)), name).not.toThrow();
  }
});

test('a setting that is missing or misspelt is refused', () => {
  const [first] = deployables();
  if (first === undefined) throw new Error('there is no deployable');
  const { CELL_ID: cell = '', ...others } = toEnvironment(first.settings);
  expect(() => loadConfig(first.schema, others)).toThrow('CELL_ID');
  expect(() => loadConfig(first.schema, { ...others, CELL_IDS: cell })).toThrow('CELL_ID');
});

test('what is required is never left out', () => {
  for (const { name, schema, settings } of deployables()) {
    const left = Object.entries(settings).flatMap(([key, { kind }]) =>
      kind === 'unset' ? [key] : [],
    );
    const required = (schema.required ?? []).filter(
      (key) => !('default' in (schema.properties[key] as object)),
    );
    expect(
      left.filter((key) => required.includes(key)),
      name,
    ).toEqual([]);
  }
});

test('secrets come as files from the unit’s own vault, and no setting holds one', () => {
  for (const { name, kind, settings } of deployables()) {
    for (const used of secretsOf(settings)) expect(secretsHeldBy(kind), name).toContain(used);
    for (const [key, text] of Object.entries(toEnvironment(settings))) {
      expect(looksSecret(text), `${name} ${key}`).toBe(false);
      expect(key.endsWith('_FILE') && key !== 'CELLS_FILE', `${name} ${key}`).toBe(
        text.startsWith(`${KEYS_FOLDER}/`),
      );
    }
  }
});

test('the key of a realm is in no vault but those of its cells', () => {
  expect(secretSpec('realm-signing')).toMatchObject({ scope: 'jurisdiction', holders: ['cell'] });
  expect(secretSpec('router-pin').holders).toEqual(['router']);
  for (const { holders, purpose } of Object.values(allSecrets())) {
    expect(holders.length).toBeGreaterThan(0);
    expect(purpose).not.toBe('');
  }
});

test('settings that the reference lists are those that are set here', () => {
  const page = readFileSync(
    new URL('../../docs/reference/configuration.md', import.meta.url),
    'utf8',
  );
  for (const { settings } of deployables()) {
    for (const key of Object.keys(settings)) expect(page).toContain(`\`${key}\``);
  }
});

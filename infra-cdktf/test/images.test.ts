import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { DATA_FOLDER } from '../src/settings/setting.ts';
import { IMAGES } from '../src/kubernetes/images.ts';
import { PORTS } from '../src/settings/ports.ts';

/** The Dockerfile, held against the code that it packs: what is started must be in the image, and run as it may. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TARGETS = Object.values(IMAGES).map((image) => path.posix.basename(image));

interface Stage {
  readonly base: string;
  /** Instructions and what follows them, in their order. */
  readonly lines: readonly (readonly [string, string])[];
}

function readStages(text: string): ReadonlyMap<string, Stage> {
  const stages = new Map<string, { base: string; lines: [string, string][] }>();
  let lines: [string, string][] = [];
  for (const line of text.replaceAll(/\\\n\s*/g, ' ').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    const [, base, name] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
    if (instruction === 'FROM' && base !== undefined && name !== undefined) {
      lines = [];
      stages.set(name, { base, lines });
    } else {
      lines.push([instruction, rest]);
    }
  }
  return stages;
}

const stages = readStages(readFileSync(`${ROOT}Dockerfile`, 'utf8'));

/** What a target says, with what it inherits, from the first line on. */
function linesOf(name: string): readonly (readonly [string, string])[] {
  const stage = stages.get(name);
  return stage === undefined ? [] : [...linesOf(stage.base), ...stage.lines];
}

const valuesOf = (name: string, instruction: string): string[] =>
  linesOf(name).flatMap(([each, rest]) => (each === instruction ? [rest] : []));

/** Paths of this repository that a target holds; built files and packages are no sources. */
function copiedInto(name: string): string[] {
  return valuesOf(name, 'COPY')
    .filter((rest) => !rest.startsWith('--from'))
    .flatMap((rest) => rest.split(' ').slice(0, -1));
}

function manifestOf(folder: string): {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
} {
  return JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8')) as never;
}

const PLATFORM = ['contracts', 'engines', 'service', 'ui'];
const IMPORT =
  /^(?:import|export)\b[^'";]*?\bfrom '(?<named>[^']+)'|^import '(?<effect>[^']+)'|\bimport\('(?<late>[^']+)'\)/gm;

/** The files that a process reads for its code, and the packages that are not of this repository. */
function closureOf(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const code = readFileSync(`${ROOT}${file}`, 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .replaceAll(/^(?:import|export) type [^;]*;$/gm, '');
    for (const { groups = {} } of code.matchAll(IMPORT)) {
      const from = groups['named'] ?? groups['effect'] ?? groups['late'] ?? '';
      const [, workspace, rest] = /^@commerce\/([\w-]+)\/(.+)$/.exec(from) ?? [];
      if (workspace !== undefined && PLATFORM.includes(workspace)) {
        visit(`platform/${workspace}/src/${rest}.ts`);
      } else if (from.startsWith('.')) {
        const next = path.posix.join(path.posix.dirname(file), from);
        // What a build made is no source.
        if (existsSync(`${ROOT}${next}`) && !next.includes('/dist/')) visit(next);
      } else if (!from.startsWith('node:')) {
        packages.add(/^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from);
      }
    }
  };
  visit(entry);
  return { files, packages };
}

const PRUNED = (
  /^for package in (.+); do$/m.exec(
    readFileSync(`${ROOT}platform/prune-packages.sh`, 'utf8'),
  )?.[1] ?? ''
).split(' ');

test('there is a target for each image that a cluster asks for', () => {
  expect([...stages.keys()]).toEqual(expect.arrayContaining(TARGETS));
});

test('what decides about packages is copied for every workspace', () => {
  const { workspaces } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    workspaces: string[];
  };
  const copied = copiedInto('manifests');
  for (const folder of workspaces) expect(copied).toContain(`${folder}/package.json`);
});

test('everything that is copied is there', () => {
  for (const name of stages.keys())
    for (const file of copiedInto(name)) expect(existsSync(`${ROOT}${file}`), file).toBe(true);
});

test('Node is the one of the tests, and no image is of a tag that moves to another release', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    optionalDependencies: { node: string };
  };
  expect(stages.get('node')?.base).toBe(`node:${optionalDependencies.node}-alpine`);
  for (const { base } of stages.values()) {
    if (!stages.has(base)) expect(base).toMatch(/:\d+\.\d+/);
  }
});

describe.each(TARGETS)('the image of %s', (target) => {
  const entry = /^\["node", "(.+)"\]$/.exec(valuesOf(target, 'CMD').at(-1) ?? '')?.[1] ?? '';
  const { files, packages } = closureOf(entry);

  test('starts what is a deployable, and holds every source that it imports', () => {
    expect(statSync(`${ROOT}${entry}`).isFile()).toBe(true);
    const copied = copiedInto(target);
    const isThere = (file: string) =>
      copied.some((place) => file === place || file.startsWith(`${place}/`));
    expect([...files].filter((file) => !isThere(file))).toEqual([]);
    expect(files.size).toBeGreaterThan(10);
  });

  test('has the packages that it imports: they are for production, and none is taken out', () => {
    const [folder = ''] = entry.split('/');
    const known = new Set<string>();
    for (const each of [folder, ...PLATFORM.map((name) => `platform/${name}`)]) {
      for (const name of Object.keys(manifestOf(each).dependencies ?? {})) known.add(name);
    }
    expect([...packages].filter((name) => !known.has(name))).toEqual([]);
    expect([...packages].filter((name) => PRUNED.includes(name))).toEqual([]);
    const installed = stages
      .get(`${target}-packages`)
      ?.lines.map(([, rest]) => rest)
      .join('\n');
    expect(installed).toContain(
      `--omit=dev --ignore-scripts --workspace=${manifestOf(folder).name}`,
    );
  });

  test('runs as nobody in particular, writes to the folder of its data, and is asked for its health', () => {
    expect(valuesOf(target, 'USER').at(-1)).toBe('1000:1000');
    expect(valuesOf(target, 'VOLUME')).toEqual([DATA_FOLDER]);
    const settings = valuesOf(target, 'ENV').join(' ');
    expect(settings).toContain(`DATA_DIR=${DATA_FOLDER}`);
    expect(settings).toContain(`PORT=${PORTS.service}`);
    const [check = ''] = valuesOf(target, 'HEALTHCHECK');
    const port = target === 'router' ? 'ADMIN_PORT' : 'PORT';
    expect(check).toContain(`http://127.0.0.1:$${port}/health/ready`);
  });
});

test('an image holds no tests and no packages of this machine', () => {
  const ignored = readFileSync(`${ROOT}.dockerignore`, 'utf8').split('\n');
  expect(ignored).toEqual(
    expect.arrayContaining(['**/node_modules', '**/dist', '**/*.test.ts', '**/.data']),
  );
  expect(readdirSync(ROOT)).toContain('Dockerfile');
});

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../src/commands/commands.ts';
import { allEnvironments } from '../src/fleet/environments.ts';
import { IMAGES } from '../src/kubernetes/images.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = `${ROOT}.github/workflows`;

// biome-ignore format: one line is enough
interface Workflow { on: Record<string, { inputs?: Record<string, { options?: string[] }> }>; permissions: Record<string, string>; jobs: Record<string, { 'timeout-minutes'?: number; permissions?: Record<string, string>; strategy?: { matrix: { include?: { image: string }[]; environment?: string[] } }; steps: { run?: string; uses?: string }[] }> }

const workflows = new Map(
  readdirSync(FOLDER).map((file) => [
    file,
    parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as Workflow,
  ]),
);

function workflow(name: string): Workflow {
  const found = workflows.get(name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

test('there is one workflow for each stage, none may write to the repository, and none runs for ever', () => {
  expect([...workflows.keys()]).toEqual(
    expect.arrayContaining(['check.yml', 'deploy.yml', 'images.yml', 'plan.yml']),
  );
  for (const [name, { permissions, jobs }] of workflows) {
    expect(permissions['contents'], name).toBe('read');
    for (const [job, { 'timeout-minutes': minutes }] of Object.entries(jobs)) {
      expect(minutes, `${name} ${job}`).toBeGreaterThan(0);
    }
  }
});

test('what workflows run is there', () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
    scripts: Record<string, string>;
  };
  const commands = new Set(COMMANDS.map(({ name }) => name));
  for (const { jobs } of workflows.values()) {
    const text = Object.values(jobs)
      .flatMap(({ steps }) => steps.map(({ run = '' }) => run))
      .join('\n');
    for (const [, script = ''] of text.matchAll(/npm run ([\w:-]+)/g))
      expect(scripts).toHaveProperty([script]);
    for (const [, command = ''] of text.matchAll(/npm run infra -- ([\w-]+)/g))
      expect(commands).toContain(command);
  }
});

test('every image of a deployable is built under the name by which clusters ask for it', () => {
  const built = workflow('images.yml').jobs['build']?.strategy?.matrix.include ?? [];
  const names = built.map(({ image }) => `commerce/${image}`);
  expect(names.toSorted()).toEqual(Object.values(IMAGES).toSorted());
});

test('a release is scanned, described and signed before it is rolled out', () => {
  const steps = workflow('images.yml').jobs['build']?.steps ?? [];
  const text = steps.map(({ run = '', uses = '' }) => `${uses} ${run}`).join('\n');
  for (const part of ['sbom-action', 'trivy-action', 'cosign sign', 'cosign attest'])
    expect(text).toContain(part);
  const deploy = (workflow('deploy.yml').jobs['deploy']?.steps ?? [])
    .map(({ run = '' }) => run)
    .join('\n');
  expect(deploy.indexOf('cosign verify')).toBeGreaterThan(-1);
  expect(deploy.indexOf('cosign verify')).toBeLessThan(deploy.indexOf('npm run infra -- deploy'));
});

test('every environment is planned, and can be deployed to', () => {
  const names = allEnvironments().map(({ name }) => name);
  expect(workflow('plan.yml').jobs['plan']?.strategy?.matrix.environment).toEqual(names);
  expect(workflow('deploy.yml').on['workflow_dispatch']?.inputs?.['environment']?.options).toEqual(
    names,
  );
});

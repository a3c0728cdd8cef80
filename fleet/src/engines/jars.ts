import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lastWords, runTool } from './run-tool.ts';
import { MissingTool, type Toolbox } from './tools.ts';

/** What a server is made of, by Maven's coordinates `group:artifact:version`. */
export interface JarSet {
  readonly name: string;
  /** Stands in the folder's name, so a new version is fetched beside the old one. */
  readonly version: string;
  readonly artifacts: readonly string[];
}

const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const FETCH_MS = 150_000;

/** Two Maven runs at once spoil each other's local repository. */
let fetching: Promise<unknown> = Promise.resolve();

/**
 * The folder with a server's jars, fetched once.
 * @throws MissingTool where Maven is not there or can't reach its repository
 */
export async function ensureJars(
  set: JarSet,
  cache: string,
  toolbox: Toolbox,
  say: (line: string) => void,
): Promise<string> {
  const folder = path.join(cache, `${set.name}-${set.version}`);
  if (existsSync(folder)) return folder;
  const maven = await toolbox.require('maven');
  const fetched = fetching.then(async () => {
    if (!existsSync(folder)) await fetchJars(set, folder, maven, say);
  });
  fetching = fetched.catch(() => undefined);
  await fetched;
  return folder;
}

async function fetchJars(
  set: JarSet,
  folder: string,
  maven: string,
  say: (line: string) => void,
): Promise<void> {
  say(`Fetching ${set.name} ${set.version}.`);
  await mkdir(path.dirname(folder), { recursive: true });
  // Moved into place when it is whole, so that an interrupted run leaves nothing that looks complete.
  const draft = await mkdtemp(`${folder}.draft-`);
  try {
    const project = path.join(draft, 'pom.xml');
    const jars = path.join(draft, 'jars');
    await writeFile(project, projectOf(set));
    const { code, output } = await runTool(
      maven,
      ['-q', '-B', '-f', project, COPY_GOAL, `-DoutputDirectory=${jars}`],
      { timeoutMs: FETCH_MS },
    );
    if (code !== 0) {
      throw new MissingTool(
        `${set.name} could not be fetched: ${lastWords(output) || 'Maven took too long'}. Check the network or Maven's settings and start again.`,
      );
    }
    await rename(jars, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

function projectOf(set: JarSet): string {
  const dependencies = set.artifacts.map((artifact) => {
    const [group = '', name = '', version = ''] = artifact.split(':');
    return `    <dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    `  <groupId>commerce.engines</groupId><artifactId>${set.name}</artifactId><version>1</version>`,
    '  <packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n');
}

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findK6, MissingK6 } from '../run/k6-binary.ts';
import { LoadOptionFault, parseLoadOptions } from '../run/options.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'k6-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function addProgram(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

describe('k6', () => {
  const quiet = (): void => undefined;

  test('is missing in one line that says what to do', async () => {
    const search = findK6({ PATH: '/nowhere', HOME: folder }, quiet);
    await expect(search).rejects.toThrow(MissingK6);
    await expect(findK6({ PATH: '/nowhere', HOME: folder }, quiet)).rejects.toThrow(
      /^k6 is not on the PATH.*install k6.*set K6_BINARY[^\n]*$/,
    );
    await expect(findK6({ K6_BINARY: '/nowhere/k6' }, quiet)).rejects.toThrow(/K6_BINARY is/);
  });

  test('is built once from its module into the cache, and found there afterwards', async () => {
    // Stands for Go: it writes down what it was asked for, and leaves a program where it should.
    await addProgram(
      'go',
      `#!/bin/sh\necho "$@" >> "${folder}/asked"\nprintf '#!/bin/sh\\n' > "$GOBIN/k6"\nchmod +x "$GOBIN/k6"\n`,
    );
    const env = { PATH: `${folder}:/bin:/usr/bin`, XDG_CACHE_HOME: path.join(folder, 'cache') };
    const said: string[] = [];
    const built = await findK6(env, (line) => said.push(line));
    expect(built).toMatch(/cache\/global-commerce-platform\/k6-v[\d.]+\/k6$/);
    expect(await findK6(env, (line) => said.push(line))).toBe(built);
    expect(await readFile(path.join(folder, 'asked'), 'utf8')).toMatch(
      /^install go\.k6\.io\/k6@v[\d.]+\n$/,
    );
    expect(said).toHaveLength(1);
  });

  test('of the machine is taken before anything else', async () => {
    const own = await addProgram('k6', '#!/bin/sh\n');
    expect(await findK6({ PATH: folder, HOME: '/nowhere' }, quiet)).toBe(own);
  });
});

describe('the flags of a load', () => {
  const parse = (...words: string[]) => parseLoadOptions(words, ['checkout', 'evacuation']);

  test('are read, with what holds where nothing is said', () => {
    expect(parse('checkout', '--vus', '50', '--report', 'out.html')).toMatchObject({
      suite: 'checkout',
      vus: 50,
      duration: '30s',
      report: 'out.html',
      url: undefined,
    });
    expect(parse('--help')).toBeUndefined();
  });

  test.each([
    [['nonsense'], /Name one suite: checkout, evacuation/],
    [[], /Name one suite/],
    [['checkout', '--vus', '0'], /--vus is "0": give a number from 1/],
    [['checkout', '--duration', 'long'], /give one such as 30s/],
    [['checkout', '--country', 'XX'], /give DE, FR or US/],
    [['checkout', '--what'], /Unknown option '--what'/],
  ])('%j are refused with what would be right', (words, message) => {
    expect(() => parse(...words)).toThrow(LoadOptionFault);
    expect(() => parse(...words)).toThrow(message);
  });
});

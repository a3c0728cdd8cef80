import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ImportView } from '@commerce/contracts/catalog-imports';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from './control-plane.ts';
import { describeProgress, describeResult, exitCodeOf } from './describe.ts';
import { parseImportCommand } from './options.ts';

const parse = (words: string, env: Record<string, string> = {}) =>
  parseImportCommand(words.split(' '), '/shop', env);

const view: ImportView = {
  id: 'imp_1',
  vendorId: 'ven_1',
  format: 'csv',
  fileName: 'a.csv',
  state: 'completed',
  dryRun: false,
  currency: 'EUR',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
  bytes: 10,
  rowsTotal: 1_200,
  rows: 1_200,
  rowsPerS: 1_500,
  created: 3,
  updated: 2,
  unchanged: 1,
  failed: 0,
  errorCount: 0,
  warningCount: 0,
  failure: null,
  appliedAs: null,
  errors: [],
  warnings: [],
  preview: [],
};

describe('the command', () => {
  test('names a file from where it was typed, and what the control plane is asked', () => {
    const words =
      'a/b.csv --vendor nordlicht --dry-run --currency USD --no-stock --no-convert --errors out.csv';
    expect(parse(words, { COMMERCE_EMAIL: 'a@b.example', COMMERCE_PASSWORD: 'secret' })).toEqual({
      file: '/shop/a/b.csv',
      vendor: 'nordlicht',
      query: {
        vendor: 'nordlicht',
        fileName: 'b.csv',
        dryRun: 'true',
        convert: 'false',
        stock: 'ignore',
        currency: 'USD',
      },
      url: 'http://127.0.0.1:8090',
      email: 'a@b.example',
      password: 'secret',
      errorsFile: '/shop/out.csv',
    });
    expect(parse('a.csv --vendor x --port 9000')?.url).toBe('http://127.0.0.1:9010');
    expect(parse('a.csv --vendor x --url https://plane.example/')?.url).toBe(
      'https://plane.example',
    );
    expect(parse('--help')).toBeUndefined();
  });

  test.each([
    ['--vendor x', 'Name one file'],
    ['a.csv b.csv --vendor x', 'Name one file'],
    ['a.csv', '--vendor SLUG'],
    ['a.csv --vendor Not_A_Slug', '--vendor SLUG'],
    ['a.csv --vendor x --port many', '--port is "many"'],
    ['a.csv --vendor x --url nowhere', '--url is "nowhere"'],
    ['a.csv --vendor x --what', 'See "npm run import -- --help"'],
  ])('%s is refused with what would be right', (words, message) => {
    expect(() => parse(words)).toThrow(message);
  });
});

describe('the result', () => {
  test('tells the products, the places of errors, and decides the exit code', () => {
    expect(exitCodeOf(view)).toBe(0);
    expect(describeResult(view)).toBe(
      'Import completed: 1,200 rows at 1,500 rows/s\n  products: 3 created, 2 updated, 1 unchanged, 0 refused',
    );
    const error = {
      line: 7,
      column: 'Price',
      handle: 'mug',
      severity: 'error' as const,
      code: 'price-wrong',
      field: null,
      detail: '"-1" is negative.',
    };
    const wrong = { ...view, failed: 1, errorCount: 12, errors: [error] };
    expect(exitCodeOf(wrong)).toBe(1);
    expect(describeResult(wrong)).toContain('    line 7, Price: "-1" is negative. [mug]');
    expect(describeResult(wrong)).toContain('and 11 more');
    const failure = { code: 'not-utf-8', detail: 'Line 3 is not UTF-8.' };
    const failed = {
      ...view,
      state: 'failed' as const,
      created: 0,
      updated: 0,
      unchanged: 0,
      failure,
    };
    expect(describeResult(failed)).toBe('The import failed: Line 3 is not UTF-8.');
    expect(exitCodeOf(failed)).toBe(1);
    expect(describeProgress({ ...view, state: 'running', rows: 300 })).toBe(
      '25 %, 300 of 1,200 rows, 1,500 rows/s',
    );
  });
});

describe('a control plane', () => {
  let server: Server;
  let folder: string;
  let handle: (request: IncomingMessage, body: string) => { status: number; body: string };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'commerce-import-'));
    await writeFile(path.join(folder, 'a.csv'), 'Handle,Title\n');
    server = createServer((request, response) => {
      void text(request).then((received) => {
        const { status, body } = handle(request, received);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });
  const commandFor = (port: number, file = 'a.csv') => {
    const command = parse(`${path.join(folder, file)} --vendor x --url http://127.0.0.1:${port}`);
    if (command === undefined) throw new Error('it is no call for help');
    return command;
  };
  const port = (): number => (server.address() as AddressInfo).port;

  test('gets the file as it is, and a new sign-in where the old one has ended', async () => {
    let signIns = 0;
    let isOld = false;
    handle = (request, body) => {
      if (request.url === '/v1/sessions') {
        signIns += 1;
        isOld = false;
        return { status: 201, body: JSON.stringify({ accessToken: `token-${signIns}` }) };
      }
      if (isOld) return { status: 401, body: '{}' };
      if (request.method === 'POST') {
        expect(request.url).toBe('/v1/catalog/imports?vendor=x&fileName=a.csv');
        expect(request.headers['content-type']).toBe('text/csv');
        expect(body).toBe('Handle,Title\n');
        return { status: 202, body: JSON.stringify({ ...view, state: 'queued' }) };
      }
      expect(request.headers.authorization).toBe(`Bearer token-${signIns}`);
      if (request.url?.endsWith('errors.csv') === true) return { status: 200, body: 'line\n' };
      return { status: 200, body: JSON.stringify(view) };
    };
    const client = await connect(commandFor(port()));
    const sent: number[] = [];
    expect((await client.start((bytes) => sent.push(bytes))).state).toBe('queued');
    expect(sent.at(-1)).toBe(13);
    isOld = true;
    expect((await client.find('imp_1')).state).toBe('completed');
    expect(signIns).toBe(2);
    const errors = path.join(folder, 'errors.csv');
    await client.saveFindings('imp_1', errors);
    expect(await readFile(errors, 'utf8')).toBe('line\n');
  });

  test('that is not there, refuses or lacks the file is told in one line', async () => {
    await expect(connect(commandFor(1))).rejects.toThrow(/No control plane answers.*npm start/);
    handle = () => ({ status: 401, body: JSON.stringify({ detail: 'No such user.' }) });
    await expect(connect(commandFor(port()))).rejects.toThrow(/can not sign in: No such user/);
    await expect(connect(commandFor(port(), 'none.csv'))).rejects.toThrow(/There is no file/);
    handle = (request) =>
      request.url === '/v1/sessions'
        ? { status: 201, body: '{"accessToken":"t"}' }
        : { status: 404, body: '{"detail":"There is no vendor \\"x\\".","field":"vendor"}' };
    const client = await connect(commandFor(port()));
    await expect(client.start(() => undefined)).rejects.toThrow('There is no vendor "x". (vendor)');
  });
});

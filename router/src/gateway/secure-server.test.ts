import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { request as requestTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupFault } from '@commerce/service/part';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { echo, startTestFleet, type TestFleet } from '../testing-fleet.ts';
import { type Certificate, makeSelfSigned, readCertificate, readTls } from './certificates.ts';

let fleet: TestFleet;
let certificate: Certificate;
let session: ClientHttp2Session;
let port: number;

beforeAll(async () => {
  certificate = await makeSelfSigned();
  fleet = await startTestFleet({ tls: { port: 0, certificate } });
  port = fleet.router.tlsPort as number;
  session = connect(`https://localhost:${port}`, { ca: certificate.cert });
});
afterAll(async () => {
  session.close();
  await fleet.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(headers: Record<string, string>, body?: string | Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { 'x-client-country': 'DE', ...headers },
      { endStream: body === undefined },
    );
    let answered: Answer['headers'] = {};
    let text = '';
    stream.on('response', (received) => {
      answered = received as Answer['headers'];
    });
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    stream.on('end', () =>
      resolve({ status: Number(answered[':status']), headers: answered, body: text }),
    );
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

describe('HTTP/2', () => {
  it('reaches the cell as HTTP/1.1 does, and pins a new shopper with a secure cookie', async () => {
    const cell = fleet.cell('eu-de-1');
    const answer = await ask({ ':path': '/v1/x?a=1', 'x-other': '2' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ url: '/v1/x?a=1' });
    const [cookie] = [answer.headers['set-cookie']].flat();
    expect(cookie).toMatch(/^cell_pin=.*; Secure$/);
    const received = cell.received.at(-1);
    expect(received?.headers).toMatchObject({
      'x-other': '2',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': `localhost:${port}`,
    });
    expect(Object.keys(received?.headers ?? {}).filter((name) => name.startsWith(':'))).toEqual([]);
  });

  it('keeps every cookie of an answer, and drops headers of the connection', async () => {
    fleet.cell('eu-de-1').behave = (_received, response) => {
      response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'keep-alive': 'timeout=5' });
      response.end('{}');
    };
    const answer = await ask({ ':path': '/v1/x' });
    expect(answer.headers['set-cookie']).toEqual([
      'a=1',
      'b=2',
      expect.stringContaining('cell_pin'),
    ]);
    expect(answer.headers['connection']).toBeUndefined();
    expect(answer.headers['keep-alive']).toBeUndefined();
    fleet.cell('eu-de-1').behave = echo;
  });

  it('takes a body whose length nobody announced, small and large', async () => {
    for (const bytes of [10, 300_000]) {
      const answer = await ask({ ':path': '/v1/x', ':method': 'POST' }, Buffer.alloc(bytes, 'x'));
      expect(JSON.parse(answer.body)).toMatchObject({ bodyBytes: bytes });
    }
  });

  it('refuses what HTTP/1.1 refuses, with a problem', async () => {
    const refused = await ask({ ':path': '/v1/../x' });
    expect(refused.status).toBe(400);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'invalid-request', field: 'path' });
    const body = await ask({ ':path': '/v1/x', ':method': 'GET' }, 'x');
    expect(JSON.parse(body.body)).toMatchObject({ field: 'body' });
    const whoami = await ask({ ':path': '/router/whoami' });
    expect(JSON.parse(whoami.body)).toMatchObject({ cell: 'eu-de-1' });
  });

  it('carries many requests over one connection at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, index) => ask({ ':path': `/v1/x?n=${index}` })),
    );
    expect(answers.map(({ body }) => (JSON.parse(body) as { url: string }).url)).toEqual(
      answers.map((_, index) => `/v1/x?n=${index}`),
    );
  });
});

it('speaks HTTP/1.1 to clients that know no other', async () => {
  const status = await new Promise<string>((resolve, reject) => {
    const options = {
      host: 'localhost',
      port,
      path: '/v1/x',
      ca: certificate.cert,
      ALPNProtocols: ['http/1.1'],
    };
    const sent = requestTls({ ...options, headers: { 'x-client-country': 'DE' } }, (answer) => {
      answer.resume();
      resolve(`${answer.httpVersion} ${answer.statusCode}`);
    });
    sent.on('error', reject);
    sent.end();
  });
  expect(status).toBe('1.1 200');
});

it('makes a certificate of its own for development alone', async () => {
  expect(await readTls({}, undefined)).toBeUndefined();
  expect(await readTls({ TLS_PORT: 0 }, undefined)).toMatchObject({
    port: 0,
    certificate: { isSelfSigned: true },
  });
  await expect(readTls({ TLS_PORT: 0 }, 'production')).rejects.toThrow(StartupFault);
  await expect(readTls({ TLS_PORT: 0, TLS_KEY_FILE: 'x' }, undefined)).rejects.toThrow(
    StartupFault,
  );
});

it('reads certificates from files, and says which one is wrong', () => {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cert = write('cert.pem', certificate.cert);
  const key = write('key.pem', certificate.key);
  expect(readCertificate(cert, key)).toMatchObject({ isSelfSigned: false, cert: certificate.cert });
  expect(() => readCertificate(join(folder, 'none.pem'), key)).toThrow(StartupFault);
  expect(() => readCertificate(cert, write('no.pem', 'no'))).toThrow(/TLS_KEY_FILE/);
  rmSync(folder, { recursive: true });
});

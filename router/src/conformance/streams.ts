import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestFleet, until } from '../testing-fleet.ts';
import { openRaw, pinOf, type PlaneUnderTest, reset } from './planes.ts';

export function testStreams(plane: PlaneUnderTest): void {
  describe('a stream', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start();
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));
    const cookie = pinOf('eu-000');

    const webSocket = (path: string, more = ''): string =>
      [
        `GET ${path} HTTP/1.1`,
        'host: shop.example',
        `cookie: ${cookie}`,
        'connection: Upgrade',
        'upgrade: websocket',
        'sec-websocket-version: 13',
        'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
        '',
        more,
      ].join('\r\n');

    it('of a WebSocket goes both ways, once the cell has agreed', async () => {
      const client = openRaw(fleet.router.port, `${webSocket('/v1/live')}\r\n`);
      await until(() => client.text().includes('\r\n\r\n'));
      expect(client.text()).toMatch(/^HTTP\/1\.1 101 /);
      expect(client.text().toLowerCase()).toContain('upgrade: websocket');
      client.socket.write('one');
      await until(() => client.text().endsWith('one'));
      client.socket.write('two');
      await until(() => client.text().endsWith('onetwo'));
      expect(fleet.cell('eu-de-1').received).toMatchObject([
        { partition: 'eu-000', isProven: true, headers: { 'sec-websocket-version': '13' } },
      ]);
      client.socket.destroy();
    });

    it('of a WebSocket that the cell refuses gets the cell’s answer', async () => {
      const client = openRaw(fleet.router.port, `${webSocket('/refused')}\r\n`);
      await until(() => client.text().endsWith('no'));
      expect(client.text()).toMatch(/^HTTP\/1\.1 403 /);
      client.socket.destroy();
    });

    it('of events reaches the client piece by piece', async () => {
      let release = (): void => undefined;
      fleet.cell('eu-de-1').behave = (_received, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: one\n\n');
        release = () => response.end('data: two\n\n');
      };
      const answer = await fetch(`${fleet.url}/v1/events`, { headers: { cookie } });
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      const first = await reader.read();
      expect(Buffer.from(first.value ?? []).toString()).toBe('data: one\n\n');
      release();
      const second = await reader.read();
      expect(Buffer.from(second.value ?? []).toString()).toBe('data: two\n\n');
      expect((await reader.read()).done).toBe(true);
    });

    it('of a large body goes up and down, byte for byte', async () => {
      const bytes = Buffer.alloc(1_048_576, 'abcdefghij');
      fleet.cell('eu-de-1').stream = (received, response, request) => {
        expect(received.headers['content-length']).toBe('1048576');
        response.writeHead(200);
        request.pipe(response);
      };
      const answer = await fetch(`${fleet.url}/v1/x`, {
        method: 'POST',
        body: bytes,
        headers: { cookie },
      });
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    });

    it('of requests in one write is answered in their order', async () => {
      const ask = (path: string, last = false): string =>
        `GET ${path} HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n${last ? 'connection: close\r\n' : ''}\r\n`;
      const client = openRaw(fleet.router.port, ask('/v1/a') + ask('/v1/b') + ask('/v1/c', true));
      const urls = [...(await client.ended).matchAll(/"url":"([^"]+)"/g)].map(([, url]) => url);
      expect(urls).toEqual(['/v1/a', '/v1/b', '/v1/c']);
    });

    it('that ends half-way is not taken for a whole one', async () => {
      fleet.cell('eu-de-1').behave = (_received, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half');
        setImmediate(() => response.destroy());
      };
      const answer = await fetch(`${fleet.url}/v1/x`, { headers: { cookie } }).catch(
        (e: unknown) => e,
      );
      if (answer instanceof Response) await expect(answer.text()).rejects.toThrow();
      else expect(answer).toBeInstanceOf(TypeError);
    });

    it('that its client leaves is left by the router as well', async () => {
      let isClosed = false;
      fleet.cell('eu-de-1').behave = (_received, response) => {
        response.write('one');
        response.on('close', () => {
          isClosed = true;
        });
      };
      const client = openRaw(
        fleet.router.port,
        `GET /v1/x HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`,
      );
      await until(() => client.text().includes('one'));
      client.socket.destroy();
      await until(() => isClosed);
    });
  });
}

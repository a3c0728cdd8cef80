import { newPartitionId, type Partition } from '@commerce/contracts/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { descriptorOf, echo, startTestCell, type TestFleet, until } from '../testing-fleet.ts';
import { openRaw, pinOf, type PlaneUnderTest, reset } from './planes.ts';

export function testContainment(plane: PlaneUnderTest): void {
  const inParis = `/v1/carts/${newPartitionId('cart', 'eu-001' as Partition)}`;

  describe('a cell', () => {
    let fleet: TestFleet;
    beforeAll(async () => {
      fleet = await plane.start({
        upstreamLimits: { failuresMax: 3, openMs: 100, inFlightMax: 20 },
      });
    });
    afterAll(() => fleet.stop());
    beforeEach(() => reset(fleet));

    it('that breaks off is asked once more for a read, and never for a write', async () => {
      let count = 0;
      fleet.cell('eu-de-1').behave = (received, response) => {
        if (count++ % 2 === 0) response.destroy();
        else echo(received, response, response.req);
      };
      const headers = { cookie: pinOf('eu-000') };
      expect((await fetch(`${fleet.url}/v1/x`, { headers })).status).toBe(200);
      expect(count).toBe(2);
      const write = await fetch(`${fleet.url}/v1/x`, { method: 'POST', body: '{}', headers }).catch(
        (fault: unknown) => fault,
      );
      if (write instanceof Response) {
        expect(write.status).toBe(502);
        expect(await write.json()).toMatchObject({ code: 'bad-gateway' });
      } else {
        // HAProxy ends the client's connection without a word where it was used before.
        expect(plane.name).toBe('haproxy');
      }
      expect(count).toBe(3);
    });

    it('that answers garbage is answered for with 502', async () => {
      fleet.cell('us-west-1').behave = (_received, response) => {
        response.socket?.end('garbage\r\n\r\n');
      };
      const headers = { cookie: pinOf('us-001') };
      const answer = await fetch(`${fleet.url}/v1/x`, { method: 'POST', body: '{}', headers });
      expect(answer.status).toBe(502);
    });

    it('that is full sheds the rest at once, in words for people and for programs', async () => {
      const waiting: (() => void)[] = [];
      fleet.cell('us-east-1').behave = (received, response) => {
        waiting.push(() => echo(received, response, response.req));
      };
      const headers = { cookie: pinOf('us-000') };
      const answers = Array.from({ length: 20 }, () => fetch(`${fleet.url}/v1/x`, { headers }));
      await until(() => waiting.length === 20);
      const shed = await fetch(`${fleet.url}/v1/x`, { headers });
      expect(shed.status).toBe(503);
      expect(shed.headers.get('retry-after')).toBe('1');
      expect(await shed.json()).toMatchObject({ code: 'unavailable' });
      const page = await fetch(`${fleet.url}/en/`, {
        headers: { ...headers, accept: 'text/html' },
      });
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(
        (await fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf('eu-000') } })).status,
      ).toBe(200);
      for (const release of waiting) release();
      for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    });

    it('is not reached by clients that send too slowly or too much', async () => {
      const slow = openRaw(
        fleet.router.port,
        `POST ${inParis} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{`,
      );
      const large = await fetch(fleet.url + inParis, {
        method: 'POST',
        body: Buffer.alloc(2_097_152),
      });
      expect(large.status).toBe(413);
      expect(fleet.cell('eu-fr-1').received).toHaveLength(0);
      slow.socket.destroy();
    });

    it('that is gone is told of, troubles no other, and serves again when it is back', async () => {
      await fleet.cell('eu-fr-1').kill();
      const headers = { cookie: pinOf('eu-001') };
      for (let i = 0; i < 5; i++) {
        const refused = await fetch(`${fleet.url}/v1/x`, { headers });
        expect(refused.status).toBe(503);
        expect(refused.headers.get('retry-after')).toBe('1');
        expect(await refused.json()).toMatchObject({ code: 'unavailable' });
      }
      expect(
        (await fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf('eu-000') } })).status,
      ).toBe(200);
      const newcomer = await fetch(`${fleet.url}/v1/x`, { headers: { 'x-client-country': 'FR' } });
      expect(newcomer.status).toBe(200);
      expect(fleet.cell('eu-de-1').received).toHaveLength(2);

      const back = await startTestCell('eu-fr-1');
      await fleet.directory.putCell(descriptorOf('eu-fr-1', back.url), 1);
      await fleet.router.refresh();
      await until(async () => (await fetch(`${fleet.url}/v1/x`, { headers })).status === 200);
      await back.kill();
    });
  });

  describe('a cell that does not answer in time', () => {
    it('is given up with 504', async () => {
      const fleet = await plane.start({ upstreamLimits: { answerTimeoutMs: 400 } });
      try {
        fleet.cell('eu-fr-1').behave = () => undefined;
        const answer = await fetch(fleet.url + inParis, { method: 'POST', body: '{}' });
        expect(answer.status).toBe(504);
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(await answer.json()).toMatchObject({ code: 'gateway-timeout' });
      } finally {
        await fleet.stop();
      }
    });
  });

  describe('clients that send a byte now and then', () => {
    it('are answered with 408 and let go, and keep nobody else waiting', async () => {
      const fleet = await plane.start({ headTimeoutMs: 300 });
      try {
        const head = `POST ${inParis} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n`;
        const slow = [
          ...Array.from({ length: 50 }, () => openRaw(fleet.router.port, `${head}x-slow: `)),
          openRaw(fleet.router.port, `${head}\r\n{`),
        ];
        const drip = setInterval(() => {
          for (const { socket } of slow) if (socket.writable) socket.write('a');
        }, 100);
        const others = await fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf('eu-000') } });
        expect(others.status).toBe(200);
        const answers = await Promise.all(slow.map(({ ended }) => ended));
        clearInterval(drip);
        for (const answer of answers.slice(0, -1)) expect(answer).toMatch(/^HTTP\/1\.[01] 408 /);
        // Bytes that come in time make up a body: read whole before the cell hears of it.
        expect(answers.at(-1)).toMatch(/^HTTP\/1\.[01] (?:200|408) /);
        for (const { body } of fleet.cell('eu-fr-1').received) expect(body).toHaveLength(9);
      } finally {
        await fleet.stop();
      }
    });
  });

  describe('a router', () => {
    it('that is drained is not ready, ends connections with their answers, and comes back', async () => {
      const fleet = await plane.start();
      try {
        const drain = (method: string): Promise<Response> =>
          fetch(`${fleet.adminUrl}/router/drain`, { method });
        const ask = `GET /v1/x HTTP/1.1\r\nhost: x\r\ncookie: ${pinOf('eu-000')}\r\n\r\n`;
        expect((await drain('POST')).status).toBe(200);
        expect((await fetch(`${fleet.adminUrl}/health/ready`)).status).toBe(503);
        const last = openRaw(fleet.router.port, ask);
        expect(await last.ended).toMatch(/^HTTP\/1\.1 200[^]*connection: close/i);
        expect((await drain('DELETE')).status).toBe(200);
        expect((await fetch(`${fleet.adminUrl}/health/ready`)).status).toBe(200);
        const again = openRaw(fleet.router.port, ask);
        await until(() => again.text().includes('bodyBytes'));
        expect(again.text().toLowerCase()).not.toContain('connection: close');
        again.socket.destroy();
      } finally {
        await fleet.stop();
      }
    });

    it('that stops lets requests under way end', async () => {
      const fleet = await plane.start();
      try {
        let release = (): void => undefined;
        fleet.cell('eu-de-1').behave = (received, response) => {
          release = () => echo(received, response, response.req);
        };
        const answer = fetch(`${fleet.url}/v1/x`, { headers: { cookie: pinOf('eu-000') } });
        await until(() => fleet.cell('eu-de-1').received.length === 1);
        const stopped = fleet.router.stop();
        setTimeout(() => release(), 100);
        expect((await answer).status).toBe(200);
        await stopped;
        await expect(fetch(`${fleet.url}/v1/x`)).rejects.toThrow();
      } finally {
        await fleet.stop();
      }
    });
  });
}

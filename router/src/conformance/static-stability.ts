import { describe, expect, it } from 'vitest';
import { pinSetBy, until } from '../testing-fleet.ts';
import { pinOf, type PlaneUnderTest } from './planes.ts';

export function testStaticStability(plane: PlaneUnderTest): void {
  describe('with everything down but the router and one cell', () => {
    it('that cell’s shoppers go on, new ones come, and a restarted router serves as well', async () => {
      const fleet = await plane.start();
      try {
        for (const id of ['eu-fr-1', 'us-east-1', 'us-west-1']) await fleet.cell(id).kill();
        await fleet.stopDirectory();
        await fleet.router.refresh();
        const serve = async (port: number): Promise<void> => {
          const url = `http://127.0.0.1:${port}/v1/carts`;
          const headers = { cookie: pinOf('eu-000') };
          expect((await fetch(url, { headers })).status).toBe(200);
          expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(200);
          // The nearest cell of a German shopper is the one that is left.
          const newcomer = await fetch(url, { headers: { 'x-client-country': 'DE' } });
          expect(newcomer.status).toBe(200);
          expect(pinSetBy(newcomer)).toBeDefined();
        };
        await serve(fleet.router.port);
        await fleet.router.stop();
        const again = await fleet.startRouter({
          endpoint: 'http://127.0.0.1:9',
          dataFolder: fleet.dataFolder,
        });
        await serve(again.port);
        const read = async () =>
          (await (await fetch(`http://127.0.0.1:${again.adminPort}/router/status`)).json()) as {
            table: { source: string; directoryFailuresInARow: number; ageMs: number | null };
          };
        await until(async () => (await read()).table.directoryFailuresInARow > 0);
        const { table } = await read();
        expect(table.source).toBe('disk');
        // The age is that of the last word of the directory, before the restart.
        expect(table.ageMs).toBeGreaterThan(0);
      } finally {
        await fleet.stop();
      }
    });
  });
}

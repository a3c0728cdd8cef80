import { type Partition, parsePartition } from '@commerce/contracts/ids';
import { parsePosition, type Position } from '@commerce/contracts/positions';
import type { Dispatcher } from 'undici';
import { sendControlCall } from './cell-control.ts';
import type { RouterControl } from './ports.ts';

/** A router, spoken to at its address for operators. */
export function createRouterControl(url: string, agent: Dispatcher): RouterControl {
  const whom = `the router at ${url}`;
  return Object.freeze({
    url,
    refresh: async (realm: string) => {
      const path = '/router/refresh';
      const answer = await sendControlCall(agent, whom, url, { method: 'POST', path, body: {} });
      const { realms = [] } = answer as { realms?: { realm: string; version: number }[] };
      return realms.find((entry) => entry.realm === realm)?.version;
    },
    status: async () => {
      const call = { method: 'GET', path: '/router/status' } as const;
      const { table, dataPlane } = (await sendControlCall(agent, whom, url, call)) as {
        dataPlane?: { name: string | null; version?: string };
        table: {
          source: string;
          ageMs: number | null;
          realms: { realm: string; version: number }[];
        };
      };
      const realms = new Map(table.realms.map(({ realm, version }) => [realm, version]));
      const { name, version } = dataPlane ?? { name: null };
      const plane = version === undefined ? name : `${name} ${version}`;
      return { realms, source: table.source, ageMs: table.ageMs, plane };
    },
    positions: async () => {
      const call = { method: 'GET', path: '/router/positions' } as const;
      const answer = await sendControlCall(agent, whom, url, call);
      const { positions = {} } = answer as { positions?: Record<string, string> };
      const entries = Object.entries(positions).flatMap(([name, text]): [Partition, Position][] => {
        const [partition, position] = [parsePartition(name), parsePosition(text)];
        return partition === undefined || position === undefined ? [] : [[partition, position]];
      });
      return new Map(entries);
    },
  });
}

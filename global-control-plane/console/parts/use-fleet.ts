import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { read } from '../api/client.ts';
import type { Fleet, FleetCell } from '../api/fleet-types.ts';

/** Each look asks every cell for all of its partitions: often enough to watch, rare enough to cost nothing. */
const REFETCH_MS = 2_500;

/** What a cell did in each second between the last two looks. */
export interface Rates {
  readonly requests: number;
  readonly failures: number;
  readonly orders: number;
}

function ratesBetween(before: Fleet | undefined, now: Fleet): ReadonlyMap<string, Rates> {
  const seconds =
    before === undefined ? 0 : (Date.parse(now.asOf) - Date.parse(before.asOf)) / 1000;
  const rates = new Map<string, Rates>();
  if (seconds <= 0) return rates;
  for (const cell of now.cells) {
    const old = before?.cells.find(({ id }) => id === cell.id)?.load;
    // A process that began anew counts from nothing.
    if (!cell.load || !old || cell.load.startedAt !== old.startedAt) continue;
    const { load } = cell;
    const rate = (name: 'requests' | 'failures' | 'orders') => (load[name] - old[name]) / seconds;
    rates.set(cell.id, {
      requests: rate('requests'),
      failures: rate('failures'),
      orders: rate('orders'),
    });
  }
  return rates;
}

/** The fleet, read again and again, with what happened between two looks. */
export function useFleet() {
  const last = useRef<{ fleet: Fleet; rates: ReadonlyMap<string, Rates> } | undefined>(undefined);
  return useQuery({
    queryKey: ['fleet'],
    queryFn: async ({ signal }) => {
      const fleet = await read<Fleet>('/v1/fleet', { signal });
      const seen = { fleet, rates: ratesBetween(last.current?.fleet, fleet) };
      last.current = seen;
      return seen;
    },
    refetchInterval: REFETCH_MS,
  });
}

export function findCell(fleet: Fleet, id: string | undefined): FleetCell | undefined {
  return fleet.cells.find((cell) => cell.id === id);
}

import type { CellId, Partition } from '@commerce/contracts/ids';
import { ROUTED_AUTH_LIFETIME_S, signRouted } from '@commerce/contracts/routed-auth';
import type { Location } from './locate.ts';

/** Gives the proof that a request to a cell comes from a router, for the `x-routed-auth` header. */
export interface RoutedProofs {
  proofFor(location: Location, nowMs: number): string;
}

interface KeptProof {
  readonly cell: CellId;
  readonly epoch: number;
  readonly header: string;
  readonly renewAtS: number;
}

/**
 * Makes the signer. A proof is kept for half its lifetime: one MAC for each partition and half-minute
 * instead of one for each request. There are as many entries as partitions at most.
 */
export function createRoutedProofs(key: Uint8Array): RoutedProofs {
  const kept = new Map<Partition, KeptProof>();
  return Object.freeze({
    proofFor({ cell, partition, epoch }: Location, nowMs: number): string {
      const nowS = Math.floor(nowMs / 1000);
      const known = kept.get(partition);
      if (known !== undefined && known.cell === cell && known.epoch === epoch) {
        if (nowS < known.renewAtS) return known.header;
      }
      const expiresAtS = nowS + ROUTED_AUTH_LIFETIME_S;
      const header = signRouted({ cell, partition, epoch, expiresAtS }, key);
      kept.set(partition, { cell, epoch, header, renewAtS: nowS + ROUTED_AUTH_LIFETIME_S / 2 });
      return header;
    },
  });
}

import { randomInt } from 'node:crypto';
import type { Partition } from '@commerce/contracts/ids';
import { hashText, mixBits } from './hashing.ts';

/** One of the partitions: by rendezvous of the key, or by chance where there is none. */
export function choosePartition(
  partitions: readonly Partition[],
  key: string | undefined,
): Partition {
  if (key === undefined) return partitions[randomInt(partitions.length)] as Partition;
  const keyHash = hashText(key);
  let chosen = partitions[0] as Partition;
  let highest = -1;
  for (const partition of partitions) {
    const score = mixBits(hashText(partition, keyHash));
    if (score > highest) {
      highest = score;
      chosen = partition;
    }
  }
  return chosen;
}

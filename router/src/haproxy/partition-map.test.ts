import type { Partition } from '@commerce/contracts/ids';
import { describe, expect, it } from 'vitest';
import { createRoutingTable } from '../routing-table.ts';
import { tableOf } from '../testing-fleet.ts';
import { applyMap, changeOf, entriesOf } from './partition-map.ts';

const tableAt = (realms: readonly string[], epoch = 1) =>
  createRoutingTable(
    [],
    realms.map((realm) => tableOf(realm, ['eu-de-1', 'eu-fr-1'], { version: epoch, epoch })),
  );
const one = entriesOf(tableAt(['eu']));

/** Keeps what it is asked, and answers as HAProxy does where it is content. */
function record() {
  const asked: string[] = [];
  const ask = async (command: string): Promise<string> => {
    asked.push(command);
    return command.startsWith('prepare') ? 'New version created: 7\n' : '\n';
  };
  return { asked, ask };
}

describe('the map of partitions', () => {
  it('has cell and epoch of every slot', () => {
    expect(one.size).toBe(1_024);
    expect(one.get('eu-001' as Partition)).toBe('eu-fr-1:1');
  });

  it('is changed by what differs alone', () => {
    const to = new Map(one).set('eu-00a' as Partition, 'eu-fr-1:2');
    expect(changeOf(one, to)).toEqual({
      set: [['eu-00a', 'eu-fr-1:2']],
      added: [],
      removed: [],
    });
    const grown = changeOf(one, entriesOf(tableAt(['eu', 'us'])));
    expect(grown.added).toHaveLength(1_024);
    expect(changeOf(entriesOf(tableAt(['eu', 'us'])), one).removed).toHaveLength(1_024);
  });

  it('is replaced in one step where much differs, or where it is not known what is held', async () => {
    for (const from of [one, undefined]) {
      const { asked, ask } = record();
      await applyMap({ ask }, 'p.map', from, entriesOf(tableAt(['eu'], 2)));
      expect(asked[0]).toBe('prepare map p.map');
      expect(asked.at(-1)).toBe('commit map @7 p.map');
      const lines = asked.slice(1, -1).flatMap((command) => command.trim().split('\n').slice(1));
      expect(lines).toHaveLength(1_024);
      for (const command of asked) expect(command.length).toBeLessThan(16_384);
    }
  });

  it('that HAProxy refuses to change is told with its words', async () => {
    const to = new Map(one).set('eu-00a' as Partition, 'eu-fr-1:2');
    const ask = async (): Promise<string> => 'entry not found.\n';
    await expect(applyMap({ ask }, 'p.map', one, to)).rejects.toThrow('entry not found');
  });
});

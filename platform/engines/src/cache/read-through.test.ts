import { describe, expect, it } from 'vitest';
import { createReadThrough } from './read-through.ts';

/** A store whose reading the test holds up: values are read at once, handed out when released. */
function createStore(values: Map<string, number>) {
  const loads: string[][] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    loads,
    hold(): () => void {
      let release: () => void = () => undefined;
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    async load(keys: readonly string[]) {
      loads.push([...keys]);
      const read = new Map(
        keys.flatMap((key) => (values.has(key) ? [[key, values.get(key) as number] as const] : [])),
      );
      await gate;
      return read;
    },
  };
}

describe('a read-through map', () => {
  it('reads what is not in memory in one go, once, also what does not exist', async () => {
    const store = createStore(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    const map = createReadThrough<number>({ entriesMax: 10, load: store.load });
    expect(await map.getMany(['a'])).toEqual(new Map([['a', 1]]));
    expect(await map.getMany(['a', 'b', 'b', 'x'])).toEqual(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    await map.getMany(['a', 'b', 'x']);
    expect(store.loads).toEqual([['a'], ['b', 'x']]);
  });

  it('reads anew what was invalidated', async () => {
    const values = new Map([['a', 1]]);
    const store = createStore(values);
    const map = createReadThrough<number>({ entriesMax: 10, load: store.load });
    await map.getMany(['a', 'x']);
    values.set('a', 2);
    values.set('x', 3);
    map.invalidate(['a', 'x']);
    expect(await map.getMany(['a', 'x'])).toEqual(
      new Map([
        ['a', 2],
        ['x', 3],
      ]),
    );
  });

  it('never keeps what was read before an invalidation and arrives after it', async () => {
    const values = new Map([['a', 1]]);
    const store = createStore(values);
    const map = createReadThrough<number>({ entriesMax: 10, load: store.load });
    for (const forget of [() => map.invalidate(['a']), () => map.clear()]) {
      values.set('a', 1);
      map.clear();
      const release = store.hold();
      const early = map.getMany(['a']);
      values.set('a', 2);
      forget();
      release();
      await early;
      expect(await map.getMany(['a'])).toEqual(new Map([['a', 2]]));
    }
  });

  it('remembers no failure and stays within its bound', async () => {
    let broken = true;
    const map = createReadThrough<string>({
      entriesMax: 2,
      load: async (keys) => {
        if (broken) throw new Error('away');
        return new Map(keys.map((key) => [key, key]));
      },
    });
    await expect(map.getMany(['a'])).rejects.toThrow('away');
    broken = false;
    expect((await map.getMany(['a', 'b', 'c'])).size).toBe(3);
    broken = true;
    await expect(map.getMany(['a'])).rejects.toThrow('away');
  });
});

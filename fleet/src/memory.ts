import { readdir, readFile } from 'node:fs/promises';

const KIB_PER_MIB = 1_024;

/**
 * Memory of a process and of all that it started, in MiB: the proportional share (PSS), in which
 * what processes share is counted once. Undefined where the system does not tell, as outside Linux.
 */
export async function readMemoryMib(rootPid: number): Promise<number | undefined> {
  const childrenOf = await readChildren();
  let totalKib = 0;
  for (const pending = [rootPid]; pending.length > 0; ) {
    const pid = pending.pop() as number;
    totalKib += (await readPssKib(pid)) ?? 0;
    pending.push(...(childrenOf.get(pid) ?? []));
  }
  return totalKib === 0 ? undefined : Math.round(totalKib / KIB_PER_MIB);
}

async function readChildren(): Promise<ReadonlyMap<number, readonly number[]>> {
  const children = new Map<number, number[]>();
  const names = await readdir('/proc').catch(() => []);
  await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
        // The program's name, in brackets, may hold spaces; the parent is the second field behind it.
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
      }),
  );
  return children;
}

async function readPssKib(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const found = /^Pss:\s+(\d+) kB$/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

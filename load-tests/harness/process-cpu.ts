import { readdirSync, readFileSync } from 'node:fs';

/**
 * CPU time of processes and of everything that they started, from `/proc`. On a system without it
 * nothing is known, and the report says so.
 */

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Its own and that of ended children that it has waited for. */
  readonly cpuMs: number;
  readonly command: string;
}

/** The kernel counts in hundredths of a second, whatever its own clock is. */
const TICK_MS = 10;

function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name is in parentheses and may hold anything, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid, parent: Number(fields[1]), cpuMs: ticks * TICK_MS, command };
  } catch {
    return undefined;
  }
}

function listProcesses(): ProcessEntry[] {
  try {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
    return pids.flatMap((pid) => readProcess(pid) ?? []);
  } catch {
    return [];
  }
}

/** The descendants of a process whose command line holds a text; empty without `/proc`. */
export function findDescendants(root: number, commandPart: string): readonly number[] {
  const all = listProcesses();
  const parents = new Map(all.map((entry) => [entry.pid, entry.parent]));
  const isBelow = (pid: number): boolean => {
    for (let at = parents.get(pid); at !== undefined; at = parents.get(at)) {
      if (at === root) return true;
    }
    return false;
  };
  return all
    .filter((entry) => entry.command.includes(commandPart) && isBelow(entry.pid))
    .map((entry) => entry.pid);
}

/**
 * CPU time so far of processes with all their descendants, in ms. A child that ended is in its
 * parent's figure, so that a difference of two readings misses nothing.
 * @returns undefined without `/proc`
 */
export function cpuTimeMs(roots: readonly number[]): number | undefined {
  const all = listProcesses();
  if (all.length === 0 || roots.length === 0) return undefined;
  const children = Map.groupBy(all, (entry) => entry.parent);
  const counted = new Set<number>();
  let sumMs = 0;
  const add = (entry: ProcessEntry): void => {
    if (counted.has(entry.pid)) return;
    counted.add(entry.pid);
    sumMs += entry.cpuMs;
    for (const child of children.get(entry.pid) ?? []) add(child);
  };
  for (const entry of all) if (roots.includes(entry.pid)) add(entry);
  return sumMs;
}

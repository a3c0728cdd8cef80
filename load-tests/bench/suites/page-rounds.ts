import { type CpuTimes, measureCpu } from '../cpu.ts';
import { type LoadResult, median, readInLoop } from '../driver.ts';
import { pageRequests } from '../pages.ts';
import { type BenchContext, type Measurement, ROUNDS } from '../suite.ts';

/** Rounds of reading product pages from several servers in turn, the bare Fastify first. */

const CONNECTIONS = 32;
const WARM_UP_MS = 2_500;
const ROUND_MS = 4_000;

interface Round {
  readonly load: LoadResult;
  readonly cpuMs: CpuTimes;
}

export interface PageTarget {
  readonly name: string;
  readonly port: number;
  /** In place of those of shoppers whom nobody knows. */
  readonly requests?: readonly Buffer[];
  /** Processes whose CPU time is told, by name. */
  readonly processes: Readonly<Record<string, readonly number[]>>;
}

/** Medians of a target's rounds, and of its ratios to the baseline of the same round. */
function summarizeRounds(
  target: PageTarget,
  rounds: readonly Round[],
  baseline: readonly Round[],
): Measurement {
  const medianOf = (read: (round: Round, index: number) => number): number =>
    median(rounds.map(read));
  const cpuMs = Object.fromEntries(
    Object.keys(rounds[0]?.cpuMs ?? {}).map((name) => [
      name,
      medianOf(({ load, cpuMs: times }) => (times[name] ?? 0) / load.count),
    ]),
  );
  return {
    name: target.name,
    perSecond: medianOf(({ load }) => load.perSecond),
    p50Ms: medianOf(({ load }) => load.p50Ms),
    p99Ms: medianOf(({ load }) => load.p99Ms),
    cpuMs,
    ratio: medianOf(({ load }, index) => load.perSecond / (baseline[index]?.load.perSecond ?? NaN)),
  };
}

/** Reads pages from each target in each round; the first target is the baseline. */
export async function readInRounds(
  { handles, say }: BenchContext,
  targets: readonly [PageTarget, ...PageTarget[]],
): Promise<Measurement[]> {
  const newShoppers = pageRequests(handles);
  const read = async (target: PageTarget, durationMs: number): Promise<Round> => {
    const { port, processes, requests = newShoppers } = target;
    const { result, cpuMs } = await measureCpu(processes, () =>
      readInLoop({ port, requests, connections: CONNECTIONS, durationMs }),
    );
    return { load: result, cpuMs };
  };
  for (const target of targets) await read(target, WARM_UP_MS);
  const rounds = targets.map((): Round[] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, target] of targets.entries()) {
      const measured = await read(target, ROUND_MS);
      rounds[index]?.push(measured);
      say(`  ${target.name}: ${measured.load.perSecond.toFixed(0)} requests/s`);
    }
  }
  return targets.map((target, index) =>
    summarizeRounds(target, rounds[index] ?? [], rounds[0] ?? []),
  );
}

/** The baseline as a target. */
export function bareTarget({ bare }: BenchContext): PageTarget {
  return { name: 'bare Fastify', port: bare.port, processes: { 'bare Fastify': [bare.pid] } };
}

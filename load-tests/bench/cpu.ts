import { cpuTimeMs } from '../harness/process-cpu.ts';

/** CPU time by name of a group of processes, in ms; a group is missing where it is not known. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Runs something and tells what CPU time groups of processes took meanwhile. */
export async function measureCpu<Result>(
  groups: Readonly<Record<string, readonly number[]>>,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly cpuMs: CpuTimes }> {
  const read = (): Map<string, number> =>
    new Map(
      Object.entries(groups).flatMap(([name, pids]) => {
        const timeMs = cpuTimeMs(pids);
        return timeMs === undefined ? [] : [[name, timeMs] as const];
      }),
    );
  const before = read();
  const driverBefore = process.cpuUsage();
  const result = await run();
  const driver = process.cpuUsage(driverBefore);
  const after = read();
  const cpuMs: Record<string, number> = { driver: (driver.user + driver.system) / 1000 };
  for (const [name, timeMs] of after) cpuMs[name] = timeMs - (before.get(name) ?? timeMs);
  return { result, cpuMs };
}

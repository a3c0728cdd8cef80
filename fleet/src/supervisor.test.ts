import { describe, expect, test } from 'vitest';
import { StartupFault } from '@commerce/service/part';
import { createSupervisor, type RunningUnit, type Unit } from './supervisor.ts';

interface Sample {
  readonly unit: Unit;
  /** Ends the unit as a crash would. */
  readonly crash: () => void;
  readonly starts: () => number;
  readonly stops: () => number;
}

function createSample(failing: (start: number) => boolean = () => false): Sample {
  let starts = 0;
  let stops = 0;
  let crash = (): void => undefined;
  const start = async (): Promise<RunningUnit> => {
    starts += 1;
    if (failing(starts)) throw new StartupFault('no room', 'Make some.');
    let end = (_how: string): void => undefined;
    const exited = new Promise<string>((resolve) => {
      end = resolve;
    });
    crash = () => end('SIGKILL');
    return {
      pid: 1,
      exited,
      stop: async () => {
        stops += 1;
        end('SIGTERM');
      },
    };
  };
  return {
    unit: { name: 'sample', start },
    crash: () => crash(),
    starts: () => starts,
    stops: () => stops,
  };
}

function createListener(): {
  readonly say: (line: string) => void;
  readonly said: string[];
  readonly until: (line: RegExp) => Promise<void>;
} {
  const said: string[] = [];
  let wake = (): void => undefined;
  return {
    said,
    say: (line) => {
      said.push(line);
      wake();
    },
    until: async (line) => {
      while (!said.some((entry) => line.test(entry))) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

describe('the supervisor', () => {
  test('waits twice as long after every failure, up to a limit, and says so', async () => {
    const { say, said, until } = createListener();
    const supervisor = createSupervisor({
      say,
      progress: () => undefined,
      pauseMinMs: 1,
      pauseMaxMs: 4,
    });
    const sample = createSample((start) => start > 1 && start < 6);
    await supervisor.start(sample.unit);
    sample.crash();
    await until(/is back/);
    expect(said.filter((line) => line.startsWith('sample'))).toEqual([
      'sample ended (SIGKILL); starting it again in 0.001 s.',
      'sample could not be started again; starting it again in 0.002 s.',
      'sample could not be started again; starting it again in 0.004 s.',
      'sample could not be started again; starting it again in 0.004 s.',
      'sample could not be started again; starting it again in 0.004 s.',
      'sample is back.',
    ]);
    expect(said).toContain('no room. Make some.');
    supervisor.close();
  });

  test('begins with the short pause again after a stable time', async () => {
    const { say, said, until } = createListener();
    const options = { say, progress: () => undefined, pauseMinMs: 1, stableMs: 0 };
    const supervisor = createSupervisor(options);
    const sample = createSample();
    await supervisor.start(sample.unit);
    for (let crash = 1; crash <= 3; crash += 1) {
      said.length = 0;
      sample.crash();
      await until(/is back/);
      expect(said[0]).toContain('in 0.001 s');
    }
    supervisor.close();
  });

  test('leaves alone what was stopped, and reports a first start that fails', async () => {
    const { say, said } = createListener();
    const supervisor = createSupervisor({ say, progress: () => undefined, pauseMinMs: 1 });
    const sample = createSample();
    await supervisor.start(sample.unit);
    await supervisor.stop(['sample', 'never started'], 100);
    expect([sample.starts(), sample.stops(), said]).toEqual([1, 1, []]);
    await expect(supervisor.start(createSample(() => true).unit)).rejects.toThrow('no room');
  });
});

import { type Experiment, STAGES } from './experiment.ts';
import { type ExperimentResult, runExperiment } from './run-experiment.ts';
import { loadNow } from './write-results.ts';
import { openStage, type RunningStage } from './stage.ts';

function formatResult(result: ExperimentResult): string[] {
  const { name, passed, tookMs, acknowledged, degraded, faults, longestRequestMs } = result;
  const figures = [
    `${acknowledged} orders`,
    ...(degraded > 0 ? [`${degraded} without standby`] : []),
    `${faults} passing faults`,
    `longest request ${Math.round(longestRequestMs)} ms`,
  ];
  return [
    `${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(32)} ${(tookMs / 1000).toFixed(1).padStart(6)} s  ${figures.join(', ')}`,
    ...result.reasons.map((reason) => `     ${reason}`),
  ];
}

/**
 * Runs experiments in their order; those of one stage share a fleet until one leaves it changed.
 * @param say told of each result as it comes
 * @param onResult given each result, with the load average before it
 */
export async function runAll(
  experiments: readonly Experiment[],
  say: (line: string) => void,
  onResult: (result: ExperimentResult, load: number) => Promise<void> = () => Promise.resolve(),
): Promise<readonly ExperimentResult[]> {
  const results: ExperimentResult[] = [];
  for (const [name, ofStage] of Map.groupBy(experiments, ({ stage }) => stage)) {
    let stage: RunningStage | undefined;
    try {
      for (const experiment of ofStage) {
        if (stage === undefined) {
          say(`stage "${name}": starting a fleet`);
          stage = await openStage(STAGES[name]);
        }
        const load = loadNow();
        const result = await runExperiment(experiment, stage, say);
        for (const line of formatResult(result)) say(line);
        results.push(result);
        await onResult(result, load);
        if (!result.isReset || !result.passed) {
          await stage.close();
          stage = undefined;
        }
      }
    } finally {
      await stage?.close();
    }
  }
  return results;
}

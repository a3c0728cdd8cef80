import type { Experiment } from '../runner/experiment.ts';
import { crashes } from './crashes.ts';

/** Every experiment. A new one is a file of its own, or an entry in one, and a line here. */
export const EXPERIMENTS: readonly Experiment[] = [...crashes];

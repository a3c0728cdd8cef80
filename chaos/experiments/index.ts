import type { Experiment } from '../runner/experiment.ts';
import { crashes } from './crashes.ts';
import { emergencies, standbyAway } from './emergencies.ts';
import { lines } from './lines.ts';
import { withoutFence } from './negative-control.ts';
import { moves } from './planned.ts';
import { restoredSource } from './restores.ts';

/** Every experiment. A new one is a file of its own, or an entry in one, and a line here. */
export const EXPERIMENTS: readonly Experiment[] = [
  ...moves,
  ...crashes,
  ...lines,
  ...emergencies,
  standbyAway,
  restoredSource,
  withoutFence,
];

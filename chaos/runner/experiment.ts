import type { Scene } from './scene.ts';

/**
 * An experiment breaks something on purpose while shoppers buy. It says beforehand what must keep
 * holding; whether it did is found out from the shoppers' journal, not from what the platform says.
 */
export interface Experiment {
  /** Such as `kill-source-when-fenced`. */
  readonly name: string;
  /** What must keep holding, as a sentence that could turn out wrong. */
  readonly hypothesis: string;
  /** What is done, as a sentence. */
  readonly method: string;
  readonly stage: StageName;
  /** What a shopper of the cells concerned may see. */
  readonly shoppersMaySee: 'nothing' | 'faults that pass';
  /** What the witness in another jurisdiction may see: nothing, but where its own way in is what breaks. */
  readonly witnessMaySee?: 'faults that pass';
  /** Shoppers stay in their partitions, which see all of the load; default: each purchase is new. */
  readonly loyalShoppers?: number;
  /** It breaks something that must be found: it passes when the check of the books fails. */
  readonly mustBeCaught?: boolean;
  /** Part of the short list that runs with the tests. */
  readonly isShort?: boolean;
  /** Breaks what it says, mends it, and leaves the evacuation finished. */
  run(scene: Scene): Promise<void>;
}

/** What a fleet has to be started with; experiments of one stage share one. */
export const STAGES = {
  plain: { gates: false, noRestart: [], withoutFence: false },
  gated: { gates: true, noRestart: [], withoutFence: false },
  fragile: { gates: false, noRestart: ['cell eu-de-1'], withoutFence: false },
  unfenced: { gates: false, noRestart: [], withoutFence: true },
} as const satisfies Readonly<Record<string, Stage>>;
export type StageName = keyof typeof STAGES;

export interface Stage {
  /** Whether lines between the parts can be cut. */
  readonly gates: boolean;
  /** Parts that stay down when they end. */
  readonly noRestart: readonly string[];
  /** Whether the source moves partitions without fencing them. */
  readonly withoutFence: boolean;
}

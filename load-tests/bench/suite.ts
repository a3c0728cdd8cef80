import type { FleetProcess } from '../harness/fleet-process.ts';
import type { Receipt } from './buyers.ts';
import type { BareServer } from './pages.ts';

/** What every suite works on. */
export interface BenchContext {
  readonly fleet: FleetProcess;
  readonly bare: BareServer;
  /** Products whose pages are read. */
  readonly handles: readonly string[];
  /** Variants with units for a whole run. */
  readonly variantIds: readonly string[];
  /** What shoppers were told so far, in all suites. */
  readonly receipts: Receipt[];
  readonly say: (line: string) => void;
}

/** One line of the table. Figures are medians over the rounds. */
export interface Measurement {
  readonly name: string;
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** CPU ms for each request or checkout, by process. */
  readonly cpuMs?: Readonly<Record<string, number>>;
  /** Part of the baseline's requests/s in the same round. */
  readonly ratio?: number;
  readonly goal?: Goal;
}

/** What a figure should reach on a quiet machine with two cores. */
export interface Goal {
  readonly text: string;
  readonly isMet: boolean;
}

export interface SuiteResult {
  readonly title: string;
  readonly measurements: readonly Measurement[];
  readonly notes: readonly string[];
  /** Pictures that the notes show, as SVG by the name of their file beside the page. */
  readonly drawings?: ReadonlyMap<string, string>;
}

export interface Suite {
  readonly name: string;
  /** Cells that it needs beside the first; suites without any share a fleet. */
  readonly otherCells?: readonly string[];
  /** Whether the others are to reach the first cell over a line that can be made long. */
  readonly hasLine?: boolean;
  readonly run: (context: BenchContext) => Promise<SuiteResult>;
}

/** A suite that brings what it measures, and needs no fleet. */
export interface StandAloneSuite {
  readonly name: string;
  readonly runAlone: (say: (line: string) => void) => Promise<SuiteResult>;
}

/** Measured rounds of each suite; between them the baseline takes its turns. */
export const ROUNDS = 3;

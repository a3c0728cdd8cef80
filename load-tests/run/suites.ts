import { fileURLToPath } from 'node:url';

/** A k6 suite: a script, and what it is for. A new one is a file and a line here. */
export interface LoadSuite {
  readonly name: string;
  readonly title: string;
  readonly script: string;
  /** Whether the cell that its shoppers are in is emptied meanwhile, and brought back. */
  readonly evacuates?: boolean;
}

const script = (file: string): string => fileURLToPath(new URL(`../k6/${file}`, import.meta.url));

export const SUITES: readonly LoadSuite[] = [
  { name: 'checkout', title: 'Steady checkouts of new shoppers', script: script('checkout.ts') },
  {
    name: 'evacuation',
    title: 'Steady checkouts while their cell is emptied and brought back',
    script: script('evacuation.ts'),
    evacuates: true,
  },
];

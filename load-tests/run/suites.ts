import { fileURLToPath } from 'node:url';

/** A k6 suite: a script, and what it is for. A new one is a file and a line here. */
export interface LoadSuite {
  readonly name: string;
  readonly title: string;
  readonly script: string;
}

const script = (file: string): string => fileURLToPath(new URL(`../k6/${file}`, import.meta.url));

export const SUITES: readonly LoadSuite[] = [
  { name: 'checkout', title: 'Steady checkouts of new shoppers', script: script('checkout.ts') },
];

import { inject } from 'vitest';

/** Addresses of the engines that a run of tests has started, by name; one that is left out is absent. */
export type TestEngines = Readonly<Record<string, string>>;

declare module 'vitest' {
  // biome-ignore lint/style/useNamingConvention: the interface is vitest's.
  export interface ProvidedContext {
    /** Undefined in runs that start no production engines. */
    engines: TestEngines;
  }
}

/**
 * The address of a production engine of this run. Undefined where it is left out, which the run has said
 * in a line of its own: `describe.runIf(address !== undefined)`.
 */
export function testEngine(name: string): string | undefined {
  return inject('engines')[name];
}

declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Folder of the LevelDB store; in memory without. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }
  /** Makes an HTTP server that speaks DynamoDB; it does not listen yet. */
  function dynalite(options: DynaliteOptions): Server;
  export = dynalite;
}

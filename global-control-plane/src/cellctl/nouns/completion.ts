import t from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import type { Use } from '../cli.ts';

/** Shells complete commands and flags; names of cells would need the directory at each key stroke. */
export function addCompletion(program: Command, _use: Use): void {
  t(program);
}

/**
 * The cells of the fleet. Owns the registration of cells in the directory, and what was last seen of
 * them. The directory is the truth for state and weight: a start adds what is new and follows a
 * changed address, and never resets what an operator has set. It refuses nothing but unknown ids.
 *
 * Everything is kept in memory as well, so that the other modules go on by the last known cells
 * while the directory is away.
 */
export { readCellsFile } from './cells-file.ts';
export { createProgressReader, type ProgressReader } from './progress.ts';
export { registerCellRoutes } from './routes.ts';
export { type CellRegistry, createCellRegistry } from './service.ts';

import type { BenchContext, Suite } from '../suite.ts';
import { bareTarget, readInRounds } from './page-rounds.ts';

const RATIO_MIN = 0.5;
const CPU_MS_MAX = 0.12;

/** The product page from the cell itself, against a bare Fastify that answers the same bytes. */
export const productRead: Suite = {
  name: 'product-read',
  async run(context: BenchContext) {
    const { pids, cellPort } = context.fleet;
    const [bare, cell] = await readInRounds(context, [
      bareTarget(context),
      {
        name: 'product read, cell',
        port: cellPort,
        processes: { cell: pids.cell, PostgreSQL: pids.postgres },
      },
    ]);
    const cpuMs = (cell?.cpuMs?.['cell'] ?? 0) + (cell?.cpuMs?.['PostgreSQL'] ?? 0);
    const isMet = (cell?.ratio ?? 0) >= RATIO_MIN && cpuMs <= CPU_MS_MAX;
    const text = `ratio ≥ ${RATIO_MIN}, ≤ ${CPU_MS_MAX} CPU-ms`;
    return {
      title: 'Product read',
      measurements: [bare ?? { name: '' }, { ...(cell ?? { name: '' }), goal: { text, isMet } }],
      notes: [
        `${context.handles.length} product pages, ${context.bare.bodyBytes} bytes each on average, read in turn over 32 connections. The bare Fastify finds the page in a map by its handle and sends the same headers and body.`,
      ],
    };
  },
};

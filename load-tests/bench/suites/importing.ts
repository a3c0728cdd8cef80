import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { measureCpu } from '../cpu.ts';
import type { BenchContext, Measurement, Suite } from '../suite.ts';

/** A vendor's whole catalogue, from the command line into the control plane. */

const ROWS = 100_000;
const VARIANTS = 4;
const MEMORY_MIB_MAX = 300;
const ROWS_PER_SECOND_MIN = 1_000;
const SIZES = ['S', 'M', 'L', 'XL'];
const HEADER =
  'Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price';
const COMMAND = fileURLToPath(new URL('../../../fleet/src/import/main.ts', import.meta.url));

/** Rows of a file as Shopify exports it: a product with its texts, then its other variants. */
function* rowsOf(count: number): Generator<string> {
  yield `${HEADER}\n`;
  for (let row = 0; row < count; row += 1) {
    const product = Math.floor(row / VARIANTS);
    const variant = row % VARIANTS;
    const handle = `bench-shirt-${product}`;
    const texts =
      variant === 0
        ? `Shirt ${product} in linen,"<p>Number ${product}, cut and sewn by hand.<br>Washes at 30°.</p>",Bench,Shirts,"summer, linen",TRUE,Size`
        : ',,,,,,';
    const price = `${20 + (product % 80)}.90`;
    yield `${handle},${texts},${SIZES[variant]},BENCH-${product}-${variant},250,${row % 50},${price}\n`;
  }
}

/** The largest resident memory of a process since it was last reset, in MiB; Linux only. */
async function peakMemoryMib(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Lets the kernel count the largest memory anew. */
const resetPeak = (pid: number): Promise<void> =>
  writeFile(`/proc/${pid}/clear_refs`, '5').catch(() => undefined);

async function runImport(context: BenchContext, file: string, ...flags: string[]): Promise<string> {
  const url = `http://127.0.0.1:${context.fleet.controlPlanePort}`;
  const words = [COMMAND, file, '--vendor', 'nordlicht', '--currency', 'EUR', '--url', url];
  const child = spawn(process.execPath, [...words, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  if (code !== 0) throw new Error(`the import ended with ${code}: ${complaint}${output}`);
  return output;
}

async function measureRun(
  context: BenchContext,
  name: string,
  file: string,
  ...flags: string[]
): Promise<{ readonly measurement: Measurement; readonly peakMib: number | undefined }> {
  const { pids } = context.fleet;
  const pid = pids.controlPlane[0] as number;
  await resetPeak(pid);
  const beganMs = performance.now();
  const groups = {
    'control plane': pids.controlPlane,
    'its PostgreSQL': pids.controlPlanePostgres,
  };
  const { result, cpuMs } = await measureCpu(groups, () => runImport(context, file, ...flags));
  const perSecond = ROWS / ((performance.now() - beganMs) / 1000);
  const peakMib = await peakMemoryMib(pid);
  for (const line of result.trim().split('\n').slice(-2)) context.say(`  ${line}`);
  return {
    peakMib,
    measurement: {
      name,
      perSecond,
      cpuMs: Object.fromEntries(Object.entries(cpuMs).map(([part, ms]) => [part, ms / ROWS])),
      goal: { text: `≥ ${ROWS_PER_SECOND_MIN} rows/s`, isMet: perSecond >= ROWS_PER_SECOND_MIN },
    },
  };
}

/** A file of 100,000 rows is judged, imported, and imported again. It uses its fleet up. */
export const importing: Suite = {
  name: 'import',
  otherCells: [],
  async run(context) {
    const folder = await mkdtemp(path.join(tmpdir(), 'commerce-bench-import-'));
    try {
      const file = path.join(folder, 'catalogue.csv');
      await pipeline(Readable.from(rowsOf(ROWS)), createWriteStream(file));
      const runs = [
        await measureRun(context, 'dry run', file, '--dry-run'),
        await measureRun(context, 'import', file),
        await measureRun(context, 'the same file again', file),
      ];
      const peaks = runs.flatMap(({ peakMib }) => (peakMib === undefined ? [] : [peakMib]));
      const peakMib = Math.max(0, ...peaks);
      const memory = `at most ${Math.round(peakMib)} MiB resident in the control plane (goal ≤ ${MEMORY_MIB_MAX}: ${peakMib <= MEMORY_MIB_MAX ? 'met' : 'missed'})`;
      return {
        title: 'Import of a catalogue',
        measurements: runs.map(({ measurement }) => measurement),
        notes: [
          `${ROWS} rows of ${ROWS / VARIANTS} products with ${VARIANTS} variants each, through the command line, while a cell takes the products up; ${memory}. CPU is for each row.`,
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

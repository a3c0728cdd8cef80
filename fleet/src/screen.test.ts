import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createScreen, type ScreenOutput } from './screen.ts';

function createOutput(isTTY: boolean): {
  readonly output: ScreenOutput;
  readonly text: () => string;
} {
  const output: ScreenOutput & { isTTY?: boolean } = new PassThrough();
  output.isTTY = isTTY;
  return { output, text: () => String((output as PassThrough).read() ?? '') };
}

test('without a terminal every step is a plain line, and a count is told now and then', () => {
  const { output, text } = createOutput(false);
  let nowMs = 0;
  const screen = createScreen(output, () => nowMs);
  screen.status('Starting the databases');
  for (let loaded = 1; loaded <= 100; loaded += 1) {
    nowMs += 50;
    screen.status(`Loading ${loaded} of 100`);
  }
  screen.line('ready');
  expect(text()).toBe(
    'Starting the databases\nLoading 1 of 100\nLoading 41 of 100\nLoading 81 of 100\nready\n',
  );
});

test('on a terminal the status is one line that makes room for lines that stay', () => {
  const { output, text } = createOutput(true);
  let nowMs = 0;
  const screen = createScreen(output, () => nowMs);
  nowMs = 3_000;
  screen.status('Starting the router');
  screen.line('cell eu-de-1 is back.');
  screen.endStatus();
  const said = text();
  expect(said).toContain('Starting the router (3 s)');
  expect(said).toMatch(/\r\u001b\[2Kcell eu-de-1 is back\.\n/u);
});

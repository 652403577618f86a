import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { createReporter, type ReporterContext } from '../../src/cli/reporters/index.ts';
import { canAnimate, colorsFor, formatTime, printable } from '../../src/cli/terminal.ts';
import type { ProgressEvent } from '../../src/events.ts';

const RUN: readonly ProgressEvent[] = [
  { type: 'step-start', step: 'base' },
  { type: 'step-progress', step: 'base', current: 1 << 20, total: 4 << 20, unit: 'bytes' },
  { type: 'step-start', step: 'download' },
  { type: 'step-progress', step: 'download', current: 300, unit: 'entries' },
  { type: 'step-progress', step: 'base', current: 3 << 20, total: 4 << 20, unit: 'bytes' },
  {
    type: 'step-end',
    step: 'base',
    milliseconds: 812,
    outcome: 'done',
    amount: { count: 4 << 20, unit: 'bytes' },
    detail: '3 files',
  },
  { type: 'step-progress', step: 'download', current: 1234, unit: 'entries' },
  {
    type: 'step-end',
    step: 'download',
    milliseconds: 412,
    outcome: 'done',
    cached: true,
    amount: { count: 1234, unit: 'entries' },
  },
  { type: 'step-start', step: 'script' },
  {
    type: 'output',
    step: 'script',
    line: '\u001b[31mred\u001b[0m\tand a line that is longer than the terminal\u0007',
  },
  { type: 'message', level: 'warning', text: 'glibc guests break' },
  { type: 'message', level: 'info', text: 'kept' },
  { type: 'step-end', step: 'script', milliseconds: 62_000, outcome: 'failed' },
  { type: 'step-start', step: 'digest' },
];

function draw(
  name: 'auto' | 'tty' | 'plain' | 'quiet' | 'json',
  over: Partial<ReporterContext> = {},
): string {
  let text = '';
  let time = 0;
  const write = (piece: string) => {
    text += piece;
  };
  const now = () => {
    time += 50;
    return time;
  };
  const reporter = createReporter(name, {
    sink: { isTTY: false, columns: 40, write },
    colors: picocolors.createColors(false),
    env: {},
    now,
    ...over,
  });
  for (const event of RUN) reporter.emit(event);
  reporter.end();
  return text.replaceAll('\u001b', '<ESC>').replaceAll('\r', '<CR>');
}

describe('reporters', () => {
  for (const name of ['tty', 'plain', 'quiet', 'json'] as const) {
    test(name, async () => {
      await expect(draw(name)).toMatchFileSnapshot(`goldens/reporter-${name}.txt`);
    });
  }

  test('auto is plain without a terminal, in CI, and on a dumb terminal', () => {
    const sink = { isTTY: true };
    expect(canAnimate({ isTTY: false }, {})).toBe(false);
    expect(canAnimate(sink, {})).toBe(true);
    expect(canAnimate(sink, { CI: 'true' })).toBe(false);
    expect(canAnimate(sink, { TERM: 'dumb' })).toBe(false);
    expect(draw('auto')).toBe(draw('plain'));
  });

  test('colours follow NO_COLOR, FORCE_COLOR, TERM and the terminal', () => {
    const coloured = (isTTY: boolean, env: Record<string, string>) =>
      colorsFor({ isTTY }, env).isColorSupported;
    expect(coloured(true, {})).toBe(true);
    expect(coloured(false, {})).toBe(false);
    expect(coloured(true, { TERM: 'dumb' })).toBe(false);
    expect(coloured(true, { NO_COLOR: '1' })).toBe(false);
    expect(coloured(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(coloured(true, { FORCE_COLOR: '0' })).toBe(false);
    expect(coloured(false, { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  });
});

test('text of others cannot steer the terminal', () => {
  expect(printable('a\u001b[2Jb\u001b]0;title\u0007c\u001bcd\u009b31me\r\nf\tg')).toBe('abcd31me\nf\tg');
});

test('times', () => {
  expect([0, 412, 59_940, 59_960, 125_000].map(formatTime)).toEqual([
    '0.0 s',
    '0.4 s',
    '59.9 s',
    '1 min 0 s',
    '2 min 5 s',
  ]);
});
